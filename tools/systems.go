// Package tools is what can be done: one operation per file, and the catalogue that lists them.
package tools

import (
	"context"
	"net/url"
	"reflect"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// Systems are the identity systems that operations work on. A nil system is not configured: whoever names it gets a sentence.
type Systems struct {
	Default  string            // identity.SailPoint or identity.ESystems; when empty, the one that is configured
	ISC      identity.ISC      // SailPoint Identity Security Cloud
	Endpoint identity.Endpoint // eSystems
	Tenants  map[string]string // what people call each system's tenant; when absent, the host of its base URL
}

// systemNames are how people read the systems' names.
var systemNames = map[string]string{identity.SailPoint: "SailPoint", identity.ESystems: "eSystems"}

// settled takes nil pointers in interfaces for what they mean, and fills in the default.
func (s Systems) settled() Systems {
	if absent(s.ISC) {
		s.ISC = nil
	}
	if absent(s.Endpoint) {
		s.Endpoint = nil
	}
	if s.Default == "" {
		s.Default = identity.SailPoint
		if s.ISC == nil && s.Endpoint != nil {
			s.Default = identity.ESystems
		}
	}
	return s
}

func absent(system any) bool {
	v := reflect.ValueOf(system)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// named gives the system that an input names, or the default one.
func (s Systems) named(system string) (identity.System, error) {
	if system == "" {
		system = s.Default
	}
	switch system {
	case identity.SailPoint:
		return s.sailpoint()
	case identity.ESystems:
		return s.esystems()
	}
	return nil, fault.Newf(fault.Invalid, "There is no system %q; there are sailpoint and esystems. Nothing was changed.", system)
}

func (s Systems) sailpoint() (identity.ISC, error) {
	if s.ISC == nil {
		return nil, unconfigured(identity.SailPoint)
	}
	return s.ISC, nil
}

func (s Systems) esystems() (identity.Endpoint, error) {
	if s.Endpoint == nil {
		return nil, unconfigured(identity.ESystems)
	}
	return s.Endpoint, nil
}

func unconfigured(system string) *fault.Error {
	return fault.Newf(fault.Invalid, "%s is not configured here; whoever runs accountops has to set its address and credentials. Nothing was changed.",
		systemNames[system])
}

// onSailPoint gives SailPoint when an input means it, and when it means eSystems the refusal, with the operation that fits there.
func (s Systems) onSailPoint(system, refusal, fits string) (identity.ISC, error) {
	if system == identity.ESystems || system == "" && s.Default == identity.ESystems {
		return nil, fault.New(fault.Conflict, refusal).WithNext(fits)
	}
	return s.sailpoint()
}

// Sources looks sources up, for whoever is about to name one.
func (s Systems) Sources(ctx context.Context, q executor.SourceQuery) ([]executor.SourceName, error) {
	isc, err := s.settled().onSailPoint(q.System, "eSystems has no sources. Nothing was changed.", "find_accounts")
	if err != nil {
		return nil, err
	}
	found, err := isc.Sources(ctx, q.Part, q.Limit)
	var out []executor.SourceName
	for _, source := range found {
		out = append(out, executor.SourceName{ID: source.ID, Name: source.Name, Type: source.Type, Owner: source.Owner})
	}
	return out, err
}

// tenant is what people call the tenant behind a system.
func (s Systems) tenant(system identity.System) string {
	if name := s.Tenants[system.Name()]; name != "" {
		return name
	}
	u, err := url.Parse(system.BaseURL())
	if err != nil || u.Host == "" {
		return system.Name()
	}
	return u.Host
}

// plan begins a plan for one account of a system.
func (s Systems) plan(system identity.System, a identity.Account) executor.Plan {
	return executor.Plan{
		System: system.Name(), SystemName: systemNames[system.Name()], Tenant: s.tenant(system), BaseURL: system.BaseURL(),
		Target: a.ID, Exists: a.ID != "", Account: shown(a), Facts: facts(a), Changes: []string{},
	}
}
