package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"accountops/internal/fault"
)

// Link says that an identity is a person. The person is named by their own Slack member; an identity is anything else by
// which they are known: another Slack member, a local user, a token's subject, an identity or account of an identity system.
type Link struct {
	Identity  Principal
	Principal Principal
	At        time.Time
}

// The errors of Links that callers act on.
var (
	ErrLinked   = errors.New("the identity is linked already")                                  // to this or another person
	ErrNoLink   = errors.New("the identity is not linked")                                      // nothing to take away
	ErrLinkLoop = errors.New("a person who is linked, or a linked person, cannot be linked on") // links lead to a person in one step
)

// Links is the table of who is the same person. Every promise here is a test in storetest.Run.
type Links interface {
	// Link records a link with its audit record, both or none. ErrLinked when the identity has one; ErrLinkLoop when the person
	// is an identity of somebody, or the identity is a person whom others are linked to.
	Link(ctx context.Context, l Link, record Record) error
	// Unlink takes a link away, with its audit record, both or none. ErrNoLink when there is none.
	Unlink(ctx context.Context, identity Principal, record Record) error
	// Linked gives the person whom an identity is linked to, empty when it is not.
	Linked(ctx context.Context, identity Principal) (Principal, error)
	// Links lists the links of a person, or with an empty principal all, by person and identity.
	Links(ctx context.Context, of Principal) ([]Link, error)
}

// Addresses finds people by e-mail address. It is Slack.
type Addresses interface {
	// ByAddress gives the person with an address. Full is false, with Why, for one that must not be trusted: the address is not
	// confirmed, or its holder is no active, full member of the home team. fault.NotFound when nobody has it;
	// fault.Conflict, with a sentence for whoever decides, when nobody can be found before an administrator has mended something.
	ByAddress(ctx context.Context, address string) (Person, error)
}

// IdentityOf names an identity of an identity system, such as "sailpoint:identity:2c91…".
func IdentityOf(system, id string) Principal { return Principal(system + ":identity:" + id) }

// AccountOf names an account of an identity system, such as "esystems:account:17".
func AccountOf(system, id string) Principal { return Principal(system + ":account:" + id) }

// identities are those by which the owner of a plan's account may be linked.
func (p Plan) identities() []Principal {
	var out []Principal
	if p.Account.IdentityID != "" {
		out = append(out, IdentityOf(p.System, p.Account.IdentityID))
	}
	if p.Target != "" {
		out = append(out, AccountOf(p.System, p.Target))
	}
	return out
}

// AddressFact labels the account's e-mail address among a plan's facts.
const AddressFact = "E-mail"

func (p Plan) address() string {
	for _, f := range p.Facts {
		if f.Label == AddressFact {
			return strings.TrimSpace(f.Value)
		}
	}
	return ""
}

// WhoIs gives an actor as the person whom their identity is linked to. Principal is then that person, and As how they came.
func (e *Executor) WhoIs(ctx context.Context, by Actor) (Actor, error) {
	person, err := e.linked(ctx, by.Principal)
	if err != nil || person == "" {
		return by, err
	}
	by.Principal, by.As = person, by.Principal
	return by, nil
}

func (e *Executor) linked(ctx context.Context, identity Principal) (Principal, error) {
	if e.cfg.Links == nil || identity == "" {
		return "", nil
	}
	person, err := e.cfg.Links.Linked(ctx, identity)
	if err != nil {
		return "", fmt.Errorf("read whom %s is linked to: %w", identity, err)
	}
	return person, nil
}

// owners finds whose account a plan is about: as the plan says, by the link table, and by e-mail address where that is configured. They
// are all of them: a link of the identity does not make an account less its holder's. An error means that it could not be looked up.
func (e *Executor) owners(ctx context.Context, p Plan) ([]Principal, error) {
	whose, err := e.ownersOnRecord(ctx, p)
	if err != nil || e.cfg.Addresses == nil || p.address() == "" {
		return whose, err
	}
	person, err := e.cfg.Addresses.ByAddress(ctx, p.address())
	if fault.Is(err, fault.NotFound) {
		return whose, nil
	}
	if fault.Is(err, fault.Conflict) {
		return nil, err
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Upstream, "Slack could not be asked whose account this is, so your click changed nothing. Please try again in a minute.")
	}
	same, err := e.WhoIs(ctx, Actor{Principal: person.Principal})
	return append(whose, same.Principal), err
}

// ownersOnRecord finds whose account a plan is about, as the plan says and by the link table.
func (e *Executor) ownersOnRecord(ctx context.Context, p Plan) ([]Principal, error) {
	var whose []Principal
	if p.Account.Owner != "" {
		whose = append(whose, p.Account.Owner)
	}
	for _, identity := range p.identities() {
		person, err := e.linked(ctx, identity)
		if err != nil {
			return nil, err
		}
		if person != "" {
			whose = append(whose, person)
		}
	}
	return whose, nil
}

// notTheirs refuses an owner of an account.
func notTheirs(whose []Principal, by Actor) error {
	if slices.ContainsFunc(whose, func(owner Principal) bool { return by.Same(Actor{Principal: owner}) }) {
		return fault.New(fault.Denied, "This is your own account, so another person has to decide. Your click changed nothing.")
	}
	return nil
}

// mayTouch keeps people from deciding about their own account, and where the policy wants it, people of whom it is not known who they
// are in its system.
func (e *Executor) mayTouch(ctx context.Context, r Request, by Actor) error {
	whose, err := e.owners(ctx, r.Plan)
	if err != nil {
		return err
	}
	if err := notTheirs(whose, by); err != nil {
		return err
	}
	return e.mustBeLinked(ctx, r, by)
}

// mustBeLinked refuses, where the policy then or now wants it, whoever is not linked in the account's system. That somebody else is known
// to own the account is no excuse: an unlinked member may be the owner's second one.
func (e *Executor) mustBeLinked(ctx context.Context, r Request, by Actor) error {
	if !r.Policy.Linked && !e.cfg.Policy.Linked {
		return nil
	}
	known, err := e.knownIn(ctx, r.Plan, by.Principal)
	if err != nil || known {
		return err
	}
	return fault.Newf(fault.Denied, "You are not linked to an identity in %s, so it cannot be told whether this is your own account. Your click changed nothing. "+
		"Ask your administrator to link you (accountops link add).", r.Plan.SystemName)
}

// knownIn tells whether a person is linked to an identity of a plan's system, or to an account where accounts have no identities.
func (e *Executor) knownIn(ctx context.Context, p Plan, person Principal) (bool, error) {
	if e.cfg.Links == nil {
		return false, nil
	}
	links, err := e.cfg.Links.Links(ctx, person)
	if err != nil {
		return false, fmt.Errorf("read the links of %s: %w", person, err)
	}
	for _, l := range links {
		identity := strings.HasPrefix(string(l.Identity), p.System+":identity:")
		account := strings.HasPrefix(string(l.Identity), p.System+":account:")
		if identity || (account && p.Account.IdentityID == "") {
			return true, nil
		}
	}
	return false, nil
}
