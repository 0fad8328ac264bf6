package executor_test

import (
	"context"
	"errors"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/store"

	"github.com/stretchr/testify/require"
)

// linked lets an executor use the store's table of links.
func linked(c *executor.Config) {
	links, ok := c.Store.(executor.Links)
	if !ok {
		panic("the store has no table of links")
	}
	c.Links = links
}

func (w *world) link(identity, person executor.Principal) {
	w.t.Helper()
	links, ok := w.store.(executor.Links)
	require.True(w.t, ok)
	require.NoError(w.t, links.Link(w.t.Context(), executor.Link{Identity: identity, Principal: person, At: w.clock.Now()},
		executor.Record{Event: "linked", By: actor("local:admin"), At: w.clock.Now()}))
}

// known adds a full member to the directory.
func (w *world) known(p executor.Principal) {
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	w.people.known[p] = executor.Person{Principal: p, Name: string(p), Full: true}
}

func TestTheRequesterDecidesByNoneOfTheirIdentities(t *testing.T) {
	t.Parallel()
	const otherMember = executor.Principal("slack:T1:UOTHER")
	for _, identity := range []executor.Principal{otherMember, "local:amara", "oauth:https://idp.example#amara"} {
		w := newWorld(t, linked)
		w.known(otherMember)
		w.link(identity, amara)
		asked, err := w.exec.Ask(t.Context(), "remove_account", []byte(`{"account":"jane.doe","reason":"left"}`), actor(identity))
		require.NoError(t, err, "linked to a full member, so they may ask")
		require.Equal(t, amara, asked.Request.By.Principal)
		require.Equal(t, identity, asked.Request.By.As, "how they came stays on record")
		_, err = w.approve(*asked.Request, amara)
		require.True(t, fault.Is(err, fault.Denied), "%v", err)
		require.ErrorContains(t, err, "You asked for this")
		mine, err := w.exec.Get(t.Context(), asked.Request.ID, actor(amara))
		require.NoError(t, err, "it is theirs by every identity")
		require.Equal(t, asked.Request.ID, mine.ID)
	}
}

func TestALinkThatIsMadeAfterTheAskingCountsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linked)
	r := w.ask("remove_account", requester)
	w.link(requester, sven)
	_, err := w.approve(r, sven)
	require.ErrorContains(t, err, "You asked for this")
}

func TestTwoMembersOfOnePersonAreOneVote(t *testing.T) {
	t.Parallel()
	const second = executor.Principal("slack:T1:UAMA2")
	w := newWorld(t, linked, func(c *executor.Config) { c.Policy.Quorum = 2 })
	w.known(second)
	w.people.groups["SAPP"] = append(w.people.groups["SAPP"], second)
	w.link(second, amara)
	r := w.ask("remove_account", requester)
	r, err := w.approve(r, amara)
	require.NoError(t, err)
	_, err = w.approve(r, second)
	require.ErrorContains(t, err, "You have approved this already")
	require.Equal(t, executor.Pending, w.get(r.ID).State)
}

func TestVotesOfWhoTurnedOutToBeOnePersonAreCountedOnceBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linked, func(c *executor.Config) { c.Policy.Quorum = 2 })
	r := w.ask("remove_account", requester)
	r, err := w.approve(r, amara)
	require.NoError(t, err)
	r, err = w.approve(r, sven)
	require.NoError(t, err)
	require.Equal(t, executor.Approved, r.State)
	w.link(sven, amara)
	w.stepOnce()
	r = w.get(r.ID)
	require.Equal(t, executor.Pending, r.State)
	require.Len(t, r.Votes(), 1)
	require.Zero(t, w.up.sent())
}

func TestAGuestDoesNotDecideByBeingLinkedToAFullMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linked)
	w.link(guest, amara)
	r := w.ask("remove_account", requester)
	_, err := w.approve(r, guest)
	require.ErrorContains(t, err, "a guest")
	_, err = w.exec.Ask(t.Context(), "remove_account", []byte(`{"account":"jane.doe","reason":"left"}`), actor(guest))
	require.ErrorContains(t, err, "a guest")
}

func TestTheOwnerOfAnAccountDoesNotDecideOnIt(t *testing.T) {
	t.Parallel()
	for _, identity := range []executor.Principal{executor.IdentityOf("sailpoint", "i1"), executor.AccountOf("sailpoint", "a1")} {
		w := newWorld(t, linked)
		w.link(identity, amara)
		r := w.ask("remove_account", requester)
		_, err := w.approve(r, amara)
		require.ErrorContains(t, err, "your own account")
		_, err = w.exec.Decide(t.Context(), executor.Vote{RequestID: r.ID, Fingerprint: r.Fingerprint, By: actor(amara), Reason: "no"})
		require.ErrorContains(t, err, "your own account", "a denial is a decision too")
		r, err = w.approve(r, sven)
		require.NoError(t, err)
		require.Equal(t, executor.Approved, r.State)
	}
}

func TestAnOwnerWhoIsLinkedAfterTheirApprovalDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linked)
	r := w.ask("remove_account", requester)
	r, err := w.approve(r, amara)
	require.NoError(t, err)
	w.link(executor.IdentityOf("sailpoint", "i1"), amara)
	w.stepOnce()
	require.Equal(t, executor.Pending, w.get(r.ID).State)
	require.Zero(t, w.up.sent())
}

// book is people by e-mail address.
type book map[string]executor.Person

func (b book) ByAddress(_ context.Context, address string) (executor.Person, error) {
	switch p, known := b[address]; {
	case address == "down@example.com":
		return executor.Person{}, errors.New("no answer")
	case address == "scopeless@example.com":
		return executor.Person{}, fault.New(fault.Conflict, "An administrator has to add the scope.")
	case known:
		return p, nil
	}
	return executor.Person{}, fault.New(fault.NotFound, "There is nobody with this address.")
}

func TestWhereItIsConfiguredAnOwnerIsKnownByTheirAddress(t *testing.T) {
	t.Parallel()
	known := book{"amara@example.com": {Principal: amara, Full: true}, "sven@example.com": {Principal: sven, Why: "unconfirmed"}}
	for address, refused := range map[string]map[executor.Principal]string{
		"amara@example.com":     {amara: "your own account", sven: ""},
		"sven@example.com":      {amara: "", sven: "your own account"}, // what must not be trusted still keeps its holder out
		"else@example.com":      {amara: "", sven: ""},
		"scopeless@example.com": {amara: "An administrator has to add the scope", sven: "An administrator has to add the scope"},
		"down@example.com":      {amara: "could not be asked whose account", sven: "could not be asked whose account"},
	} {
		for who, why := range refused {
			w := newWorld(t, linked, func(c *executor.Config) { c.Addresses = known })
			w.up.plan.Facts = []executor.Fact{{Label: executor.AddressFact, Value: address}}
			_, err := w.approve(w.ask("remove_account", requester), who)
			if why == "" {
				require.NoError(t, err, "%s on %s", who, address)
				continue
			}
			require.ErrorContains(t, err, why, "%s on %s", who, address)
		}
	}
	w := newWorld(t, linked)
	w.up.plan.Facts = []executor.Fact{{Label: executor.AddressFact, Value: "amara@example.com"}}
	_, err := w.approve(w.ask("remove_account", requester), amara)
	require.NoError(t, err, "matching by address is off unless configured")
}

func TestWhereThePolicyWantsItAnUnlinkedPersonDoesNotDecide(t *testing.T) {
	t.Parallel()
	strict := func(c *executor.Config) { c.Policy.Linked = true }
	try := func(prepare func(w *world), who executor.Principal) error {
		w := newWorld(t, linked, strict)
		prepare(w)
		_, err := w.approve(w.ask("remove_account", requester), who)
		return err
	}
	const unlinked = "You are not linked to an identity in SailPoint"
	orphan := func(w *world) { w.up.account.IdentityID, w.up.account.Identity = "", "" }
	require.ErrorContains(t, try(func(*world) {}, amara), unlinked)
	require.ErrorContains(t, try(func(w *world) { w.link(executor.IdentityOf("esystems", "i7"), amara) }, amara), unlinked)
	require.ErrorContains(t, try(func(w *world) { w.link(executor.AccountOf("sailpoint", "a7"), amara) }, amara), unlinked, "other accounts may be theirs as well")
	require.ErrorContains(t, try(func(w *world) { w.link(executor.IdentityOf("sailpoint", "i1"), sven) }, amara), unlinked, "it is sven's, and amara may be sven's second member")
	require.ErrorContains(t, try(orphan, amara), unlinked, "it is nobody's, as far as is known")
	require.NoError(t, try(func(w *world) { w.link(executor.IdentityOf("sailpoint", "i7"), amara) }, amara))
	require.NoError(t, try(func(w *world) { orphan(w); w.link(executor.AccountOf("sailpoint", "a7"), amara) }, amara), "there are no identities to be linked to")
}

func TestAnUnlinkedPersonsVoteDoesNotCountOnceThePolicyWantsLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linked)
	r := w.ask("remove_account", requester)
	_, err := w.approve(r, amara)
	require.NoError(t, err)
	w.exec = w.executor("one", w.store, linked, func(c *executor.Config) { c.Policy.Linked = true })
	w.stepOnce()
	require.Equal(t, executor.Pending, w.get(r.ID).State)
	require.Zero(t, w.up.sent())
}

// blind is a table of links that cannot be read.
type blind struct{ *store.SQLite }

func (blind) Linked(context.Context, executor.Principal) (executor.Principal, error) {
	return "", errors.New("disk failed")
}

func TestNobodyDecidesWhileTheLinksCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linked)
	r := w.ask("remove_account", requester)
	w.exec = w.executor("one", w.store, func(c *executor.Config) { c.Links = blind{} })
	_, err := w.approve(r, amara)
	require.Error(t, err)
	require.Equal(t, executor.Pending, w.get(r.ID).State)
	require.Empty(t, w.get(r.ID).Decisions)
}
