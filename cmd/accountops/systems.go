package main

import (
	"errors"
	"time"

	"accountops/internal/identity"
	"accountops/internal/identity/esystems"
	"accountops/internal/identity/sailpoint"
	"accountops/tools"
)

// systems are the names of those that are configured.
func (c config) systems() (names []string) {
	if c.SailPointURL != "" {
		names = append(names, identity.SailPoint)
	}
	if c.ESystemsURL != "" {
		names = append(names, identity.ESystems)
	}
	return names
}

// systemsOf gives the systems that are configured.
func systemsOf(cfg config, now func() time.Time) (tools.Systems, error) {
	systems := tools.Systems{Default: cfg.DefaultSystem, Tenants: map[string]string{
		identity.SailPoint: cfg.SailPointTenant, identity.ESystems: cfg.ESystemsTenant,
	}}
	var wrong []error
	if cfg.SailPointURL != "" {
		c, err := sailpoint.New(sailpoint.Config{
			BaseURL: cfg.SailPointURL, PathStyle: cfg.SailPointStyle, ClientID: cfg.SailPointID, Secret: cfg.SailPointSecret.read,
			NumberAttribute: cfg.SailPointEmployee, Tuning: sailpoint.Tuning{Now: now, WriteTimeout: cfg.SendTimeout},
		})
		wrong = append(wrong, err)
		systems.ISC = c
	}
	if cfg.ESystemsURL != "" {
		c, err := esystems.New(esystems.Config{
			BaseURL: cfg.ESystemsURL, ClientID: cfg.ESystemsID, Secret: cfg.ESystemsSecret.read, Tuning: esystems.Tuning{Now: now, WriteTimeout: cfg.SendTimeout},
		})
		wrong = append(wrong, err)
		systems.Endpoint = c
	}
	if err := errors.Join(wrong...); err != nil {
		return tools.Systems{}, err
	}
	return systems, nil
}
