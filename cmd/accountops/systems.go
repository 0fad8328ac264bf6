package main

import (
	"errors"
	"net/http"
	"time"

	"accountops/internal/executor"
	"accountops/internal/identity"
	"accountops/internal/identity/esystems"
	"accountops/internal/identity/sailpoint"
	"accountops/tools"
)

// catalogue makes the operations on the systems that are configured.
func catalogue(cfg config, now func() time.Time) ([]executor.Operation, error) {
	systems := tools.Systems{Default: cfg.DefaultSystem, Tenants: map[string]string{
		identity.SailPoint: cfg.SailPointTenant, identity.ESystems: cfg.ESystemsTenant,
	}}
	var wrong []error
	if cfg.SailPointURL != "" {
		c, err := sailpoint.New(sailpoint.Config{
			BaseURL: cfg.SailPointURL, PathStyle: cfg.SailPointStyle, ClientID: cfg.SailPointID, Secret: cfg.SailPointSecret.read,
			NumberAttribute: cfg.SailPointEmployee, Tuning: sailpoint.Tuning{Now: now},
		})
		wrong = append(wrong, err)
		systems.ISC = c
	}
	if cfg.ESystemsURL != "" {
		c, err := esystems.New(esystems.Config{
			BaseURL: cfg.ESystemsURL, ClientID: cfg.ESystemsID, Secret: cfg.ESystemsSecret.read, Tuning: esystems.Tuning{Now: now},
		})
		wrong = append(wrong, err)
		systems.Endpoint = c
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return tools.Catalogue(systems), nil
}

// mcpHandler is MCP over HTTP, as the environment configures it.
func (s *service) mcpHandler(addr string) (http.Handler, error) {
	byToken, _ := s.cfg.tokens(s.team) // load has refused what is wrong with them
	opts := tools.HTTPOptions{Loopback: loopback(addr), Hosts: s.cfg.MCPHosts, Origins: s.cfg.MCPOrigins}
	for token, principal := range byToken {
		opts.Tokens = append(opts.Tokens, tools.Token{Secret: token, Principal: principal, Name: string(principal)})
	}
	if opts.Loopback {
		opts.Local = s.local(executor.DoorMCP)
	}
	return s.mcp.HTTP(opts)
}
