package upstream

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// Controlled is a tenant that can be looked into and scripted.
type Controlled interface {
	Upstream() *Upstream
	// Accounts gives the accounts as the tenant has them now, as a list that becomes JSON.
	Accounts() any
	// Settings gives the settings, with durations as strings.
	Settings() any
	// Change reads settings from JSON, those that are to change only. The error is a sentence.
	Change(raw []byte) error
	// Edit changes an account as if somebody had done so behind everybody's back. The error is a sentence.
	Edit(id string, raw []byte) error
	// Forget takes an account away likewise. The error is a sentence.
	Forget(id string) error
	// Aggregate reads a source anew. The error is a sentence.
	Aggregate(source string) error
}

// Approving is a tenant with deletion requests that wait for its own approver.
type Approving interface {
	// Deletions gives the requests as the tenant lists them.
	Deletions() (any, error)
	// Decide does what the approver of one request would. The error is a sentence.
	Decide(id string, raw []byte) error
}

// Control serves what scripts and the page ask of the fake tenants; the sandbox mounts it at /sandbox/v1/upstream/, behind its
// guards. {system} is the name of a tenant, isc or esystems. Mistakes are answered with 400 or 404 and {"error": sentence}.
//
//	GET    …/{system}/calls                → {"calls":[{"method","path","query","body","status","at"}]}, in order; status 0 = no answer was
//	                                         written; secrets of the token call show as …
//	GET    …/{system}/accounts             → {"accounts":[…]}, as the system would list them
//	POST   …/{system}/accounts/{id} {"set":{…},"entitlements"?:[{"name","privileged"}]}
//	                                       → {}: the account changes at once, as if by somebody else; set has fields as accounts list them
//	DELETE …/{system}/accounts/{id}        → {}: the account goes at once, likewise; on ISC it stays at its source
//	GET    …/{system}/faults               → {"faults":[…],"kinds":[…]}
//	POST   …/{system}/faults {"method","path_prefix","kind","times","probability"?,"seed"?,"applied"?,"path_suffix"?,"renewals"?,"delay"?}
//	                                       → {"fault":{…}}: see Fault; an unknown kind is answered with all kinds
//	DELETE …/{system}/faults[?id=]         → {"cleared":n}
//	GET    …/{system}/settings             → {"settings":{…}}
//	POST   …/{system}/settings {…}         → {"settings":{…}}: those named change; besides the tenant's own also slow_byte (pause between
//	                                         bytes of "one byte a second"), hold (how long a timeout holds a connection), client_secret
//	                                         (the one that is good from now on, never shown; tokens that were given out stay good)
//	POST   …/{system}/aggregate {"source"} → {}: ISC reads the source anew, as its next aggregation would
//	GET    …/isc/deletions                 → {"deletions":[…]}, as ISC lists deletion requests
//	POST   …/isc/deletions/{id} {"decision":"approve"|"reject"|"cancel","comments"?}
//	                                       → {}: ISC's own approver decides on a request that waits
//	POST   …/{system}/revoke               → {}: all access tokens end at once
func Control(tenants ...Controlled) http.Handler {
	mux := http.NewServeMux()
	for _, t := range tenants {
		c, at := control{t}, "/sandbox/v1/upstream/"+t.Upstream().cfg.Name
		mux.HandleFunc("GET "+at+"/calls", c.calls)
		mux.HandleFunc("GET "+at+"/accounts", c.accounts)
		mux.HandleFunc("POST "+at+"/accounts/{id}", c.edit)
		mux.HandleFunc("DELETE "+at+"/accounts/{id}", c.forget)
		mux.HandleFunc("GET "+at+"/faults", c.faults)
		mux.HandleFunc("POST "+at+"/faults", c.addFault)
		mux.HandleFunc("DELETE "+at+"/faults", c.clearFaults)
		mux.HandleFunc("GET "+at+"/settings", c.settings)
		mux.HandleFunc("POST "+at+"/settings", c.change)
		mux.HandleFunc("POST "+at+"/aggregate", c.aggregate)
		mux.HandleFunc("POST "+at+"/revoke", c.revoke)
		if a, ok := t.(Approving); ok {
			approvals(mux, at+"/deletions", a)
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusNotFound, errors.New("there is no such endpoint: see docs/sandbox.md"))
	})
	return mux
}

func approvals(mux *http.ServeMux, at string, a Approving) {
	mux.HandleFunc("GET "+at, func(w http.ResponseWriter, _ *http.Request) {
		all, err := a.Deletions()
		reply(w, map[string]any{"deletions": all}, err)
	})
	mux.HandleFunc("POST "+at+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		raw := json.RawMessage{}
		err := read(r, &raw)
		if err == nil {
			err = a.Decide(r.PathValue("id"), raw)
		}
		reply(w, map[string]any{}, err)
	})
}

type control struct{ t Controlled }

func (c control) calls(w http.ResponseWriter, _ *http.Request) {
	calls, err := c.t.Upstream().Calls()
	reply(w, map[string]any{"calls": calls}, err)
}

func (c control) accounts(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{"accounts": c.t.Accounts()}, nil)
}

func (c control) faults(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{"faults": c.t.Upstream().faults.list(), "kinds": Kinds()}, nil)
}

func (c control) addFault(w http.ResponseWriter, r *http.Request) {
	var fault Fault
	err := read(r, &fault)
	if err == nil {
		fault, err = c.t.Upstream().faults.add(fault)
	}
	reply(w, map[string]any{"fault": fault}, err)
}

func (c control) clearFaults(w http.ResponseWriter, r *http.Request) {
	id, err := 0, error(nil)
	if text := r.URL.Query().Get("id"); text != "" {
		if id, err = strconv.Atoi(text); err != nil || id <= 0 {
			fail(w, http.StatusBadRequest, errors.New("id must be the number of a fault, so none was cleared"))
			return
		}
	}
	cleared, err := c.t.Upstream().faults.clear(id)
	reply(w, map[string]any{"cleared": cleared}, err)
}

func (c control) settings(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{"settings": c.all()}, nil)
}

// all are the tenant's settings and those of the wire.
func (c control) all() map[string]any {
	all := map[string]any{}
	_ = json.Unmarshal(encode(c.t.Settings()), &all) // made by us: it is an object
	wire := c.t.Upstream().wireNow()
	all["slow_byte"], all["hold"] = wire.Pause.String(), wire.Hold.String()
	return all
}

func (c control) change(w http.ResponseWriter, r *http.Request) {
	given := map[string]json.RawMessage{}
	err := read(r, &given)
	for _, name := range []string{"slow_byte", "hold", "client_secret"} {
		raw, ok := given[name]
		if delete(given, name); ok && err == nil {
			err = c.t.Upstream().setting(name, raw)
		}
	}
	if err == nil && len(given) > 0 {
		err = c.t.Change(encode(given))
	}
	reply(w, map[string]any{"settings": c.all()}, err)
}

func (c control) aggregate(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Source string `json:"source"`
	}
	err := read(r, &in)
	if err == nil {
		err = c.t.Aggregate(in.Source)
	}
	reply(w, map[string]any{}, err)
}

func (c control) revoke(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{}, c.t.Upstream().Tokens.Revoke())
}

func (c control) edit(w http.ResponseWriter, r *http.Request) {
	raw := json.RawMessage{}
	err := read(r, &raw)
	if err == nil {
		err = c.t.Edit(r.PathValue("id"), raw)
	}
	reply(w, map[string]any{}, err)
}

func (c control) forget(w http.ResponseWriter, r *http.Request) {
	reply(w, map[string]any{}, c.t.Forget(r.PathValue("id")))
}

// read reads the body strictly. The error is a sentence.
func read(r *http.Request, into any) error {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return err
	}
	return Strictly(raw, into)
}

func reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(encode(v), '\n')) // the caller may be gone
}

func fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]string{"error": err.Error()})) // the caller may be gone
}
