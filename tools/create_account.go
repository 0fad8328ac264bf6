package tools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// CreateAccountInput is the input of create_account.
type CreateAccountInput struct {
	Account        string            `json:"account,omitempty" jsonschema:"maxLength=512" jsonschema_description:"The new account's native identity; in eSystems its Username. May stand among the attributes instead."`
	Source         string            `json:"source,omitempty" complete:"sources" jsonschema:"maxLength=256" jsonschema_description:"SailPoint: the source, by id or name. Required there."`
	Attributes     map[string]string `json:"attributes,omitempty" jsonschema_description:"Account attributes by name, all texts. eSystems needs a Name, or FirstName and LastName."`
	System         string            `json:"system,omitempty" jsonschema:"enum=sailpoint,enum=esystems" jsonschema_description:"The identity system, unless the default."`
	UpdateExisting bool              `json:"update_existing,omitempty" jsonschema_description:"SailPoint: write over the account if it exists; another person approves."`
	Reason         string            `json:"reason,omitempty" jsonschema:"maxLength=1000" jsonschema_description:"Why."`
}

const (
	callCreate         = "POST /accounts/v1"
	callCreateEndpoint = "POST /Account"
	attributeOption    = "attributes."
	mostAttributes     = 40 // each is looked up and shown
)

// checkCreate tells what is wrong with an input as far as no system has to be asked.
func (s Systems) checkCreate(in CreateAccountInput) error {
	system, err := s.named(in.System)
	if err != nil {
		return err
	}
	if in.Account = in.key(system.Name()); in.Account == "" {
		return invalid("account", "The new account needs its native identity (in eSystems its Username).")
	}
	if system.Name() == identity.ESystems {
		return in.checkEndpoint()
	}
	if strings.TrimSpace(in.Source) == "" {
		return invalid("source", "In SailPoint an account needs a source, by id or name.")
	}
	if in.UpdateExisting && strings.TrimSpace(in.Reason) == "" {
		return invalid("reason", "Say why: the values that an existing account has are not kept, and another person has to approve it.")
	}
	_, err = in.attributes(identity.SailPoint, "id", "sourceId")
	return err
}

// checkEndpoint is checkCreate in eSystems.
func (in CreateAccountInput) checkEndpoint() error {
	switch {
	case strings.TrimSpace(in.Source) != "":
		return invalid("source", "eSystems has no sources; leave it out.")
	case in.UpdateExisting:
		return invalid("update_existing", "In eSystems an account that exists already cannot be changed by this; leave it out.")
	}
	attributes, err := in.attributes(identity.ESystems, "Username", "Id")
	if err != nil {
		return err
	}
	if strings.TrimSpace(attributes["Name"]+attributes["FirstName"]+attributes["LastName"]) == "" {
		return invalid("attributes", "In eSystems a new account needs a Name, or FirstName and LastName, by which people know whose it is.")
	}
	return endpointFields(attributes)
}

// planCreate plans what checkCreate found nothing wrong with.
func (s Systems) planCreate(ctx context.Context, in CreateAccountInput, target string) (executor.Plan, error) {
	system, err := s.named(in.System)
	if err != nil {
		return executor.Plan{}, err
	}
	in.Account = in.key(system.Name())
	if system.Name() == identity.ESystems {
		return s.planCreateEndpoint(ctx, system, in)
	}
	isc, err := s.sailpoint()
	if err != nil {
		return executor.Plan{}, err
	}
	attributes, err := in.attributes(identity.SailPoint, "id", "sourceId")
	if err != nil {
		return executor.Plan{}, err
	}
	source, err := isc.Source(ctx, strings.TrimSpace(in.Source))
	if fault.Is(err, fault.NotFound) {
		return executor.Plan{}, noSource(ctx, isc, in.Source)
	}
	if err != nil {
		return executor.Plan{}, err
	}
	existing, exists, err := in.existing(ctx, isc, source.ID, target)
	if err != nil {
		return executor.Plan{}, err
	}
	if exists {
		err = in.mayUpdate(existing, target)
	} else {
		err = in.notAnID(ctx, isc)
	}
	if err != nil {
		return executor.Plan{}, err
	}
	if err := in.noOther(ctx, isc, source.ID, attributes); err != nil {
		return executor.Plan{}, err
	}
	if !exists {
		existing = identity.Account{Name: in.Account, NativeIdentity: in.Account, SourceID: source.ID, Source: source.Name,
			SourceOwner: source.Owner, SourceType: source.Type, Direct: source.Direct, Features: source.Features}
	}
	p := s.planCreateISC(isc, existing, source, attributes)
	if exists {
		p.Facts = append(p.Facts, pendingFact(ctx, isc, existing.ID))
		return p, nil
	}
	alike, err := in.sameLogin(ctx, isc, source.ID)
	p.Warnings = append(p.Warnings, alike...)
	return p, err
}

func (s Systems) planCreateISC(isc identity.ISC, a identity.Account, source identity.Source, attributes map[string]string) executor.Plan {
	p := s.plan(isc, a)
	p.Call = callCreate
	p.Options = asOptions(attributes)
	p.Changes = []string{"SailPoint writes a record of a new account."}
	p.Consequence = "It stays until it is removed or deleted, or an aggregation of the source finds that it is not there."
	if p.Exists {
		p.Title, p.Overwrites = "Update account", true
		p.Changes = []string{"SailPoint changes the record of the account that exists already: these attributes are written over it."}
		p.Consequence = "The values there were are not kept; the next aggregation may write the source's own values over it."
	} else {
		p.Account.Status = ""
	}
	p.Changes = append(p.Changes, written(attributes)...)
	if source.Direct {
		p.Warnings = append(p.Warnings, "The source is connected, and nothing is created at the source itself: "+
			"the record disappears at the next aggregation unless the account exists there.")
	}
	return p
}

func (s Systems) planCreateEndpoint(ctx context.Context, system identity.System, in CreateAccountInput) (executor.Plan, error) {
	attributes, err := in.attributes(identity.ESystems, "Username", "Id")
	if err != nil {
		return executor.Plan{}, err
	}
	_, exists, err := in.existing(ctx, system, "", "")
	if err != nil {
		return executor.Plan{}, err
	}
	if exists {
		return executor.Plan{}, fault.Newf(fault.Conflict, "eSystems already has an account with the Username %q. Nothing was changed.", bounded(in.Account))
	}
	if err := freeExternalID(ctx, system, attributes["ExternalId"]); err != nil {
		return executor.Plan{}, err
	}
	p := s.plan(system, identity.Account{Name: in.Account})
	p.Call = callCreateEndpoint
	p.Account.Status = ""
	p.Options = asOptions(attributes)
	p.Changes = append([]string{"eSystems creates a new account."}, written(attributes)...)
	p.Consequence = "It stays until it is deleted."
	return p, nil
}

// keys are the attributes that may carry the new account's native identity when account does not, the likeliest first.
var keys = map[string][]string{
	identity.SailPoint: {"nativeIdentity", "id", "sAMAccountName", "userName", "username", "login", "accountName", "name", "mail", "email"},
	identity.ESystems:  {"Username"},
}

// key gives what names the new account; empty when nothing does.
func (in CreateAccountInput) key(system string) string {
	if in.Account != "" {
		return in.Account
	}
	for _, name := range keys[system] {
		if value := in.Attributes[name]; strings.TrimSpace(value) != "" {
			return value
		}
	}
	return ""
}

// attributes checks what is to be written, and puts the account's key in where no attribute has it. own is ours to set.
func (in CreateAccountInput) attributes(system, key, own string) (map[string]string, error) {
	out := maps.Clone(in.Attributes)
	if out == nil {
		out = map[string]string{}
	}
	if len(out) > mostAttributes {
		return nil, invalid("attributes", fmt.Sprintf("There may be at most %d attributes.", mostAttributes))
	}
	carried := false
	for _, name := range slices.Sorted(maps.Keys(out)) {
		lower := strings.ToLower(strings.TrimSpace(name))
		switch {
		case lower == strings.ToLower(own):
			return nil, invalid("attributes", own+" cannot be given as an attribute.")
		case private(lower, system):
			return nil, invalid("attributes", bounded(name)+" cannot be given here, because requests are shown in chat and kept.")
		case lower == strings.ToLower(key) && out[name] != in.Account:
			return nil, invalid("attributes", key+" has to be the same as account, because it says which account is meant.")
		}
		carried = carried || out[name] == in.Account
	}
	if !carried {
		out[key] = in.Account
	}
	return out, nil
}

// endpointTexts and endpointFlags are what an eSystems account can be given, without what may not be shown.
var (
	endpointTexts = []string{"Name", "FirstName", "LastName", "Email", "Username", "ExternalId"}
	endpointFlags = []string{"NotifyByEmail", "NotifyBySMS", "Is_Active"}
)

// endpointFields refuses attributes that eSystems has no field for, before anything is recorded.
func endpointFields(attributes map[string]string) error {
	fields := slices.Concat(endpointTexts, endpointFlags)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		switch {
		case !slices.Contains(fields, name):
			return invalid("attributes", fmt.Sprintf("eSystems has no field %q; it has %s.", bounded(name), strings.Join(fields, ", ")))
		case slices.Contains(endpointFlags, name) && value != "true" && value != "false":
			return invalid("attributes", name+" is either true or false.")
		}
	}
	return nil
}

// private tells whether an attribute must not stand on a card or in the record. In eSystems, Phone and Identifier (a national
// id number) are never shown.
func private(lower string, system string) bool {
	if system == identity.ESystems && (lower == "phone" || lower == "identifier") {
		return true
	}
	for _, hint := range []string{"password", "passwd", "pwd", "passphrase", "secret", "credential", "token", "apikey", "api_key"} {
		if strings.Contains(lower, hint) {
			return true
		}
	}
	return lower == "pin"
}

func asOptions(attributes map[string]string) map[string]string {
	out := make(map[string]string, len(attributes))
	for name, value := range attributes {
		out[attributeOption+name] = value
	}
	return out
}

// written says what is written, a sentence each.
func written(attributes map[string]string) []string {
	out := make([]string, 0, len(attributes))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		out = append(out, fmt.Sprintf("%s is set to %q.", bounded(name), bounded(attributes[name])))
	}
	return out
}

func invalid(field, sentence string) error {
	e := fault.New(fault.Invalid, sentence+" Nothing was changed.")
	e.Fields = []fault.Field{{Name: field, Sentence: sentence}}
	return e
}
