package storetest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var linePromises = []promise{
	{"lines are numbered from one, by one, within each request", func(k *kit) {
		r, other := k.insert(k.request(1), "one"), k.insert(k.request(2), "")
		r = k.commit(k.step(r, executor.Approved))
		other = k.commit(k.step(other, executor.Approved))
		k.commit(k.step(r, executor.Sending))
		at := kept(start)
		require.Equal(k, []executor.Line{
			{Number: 1, Text: "one", At: at}, {Number: 2, Text: "Now approved.", At: at}, {Number: 3, Text: "Now sending.", At: at},
		}, k.lines(r.ID, 0))
		require.Equal(k, []executor.Line{{Number: 1, Text: "Now approved.", At: at}}, k.lines(other.ID, 0))
	}},
	{"a line tells whether approvers are to be told of it", func(k *kit) {
		r := k.insert(k.request(1), "one")
		s := k.step(r, executor.Approved)
		s.Loud = true
		k.commit(s)
		lines := k.lines(r.ID, 0)
		require.False(k, lines[0].Loud)
		require.True(k, lines[1].Loud)
	}},
	{"lines are given from a number on", func(k *kit) {
		r := k.insert(k.request(1), "one")
		k.commit(k.step(r, executor.Approved))
		require.Len(k, k.lines(r.ID, 1), 1)
		require.EqualValues(k, 2, k.lines(r.ID, 1)[0].Number)
		require.Empty(k, k.lines(r.ID, 2))
		require.Empty(k, k.lines("req_none", 0))
	}},
	{"a step without a line numbers none and is still to be shown", func(k *kit) {
		r := k.insert(k.request(1), "one")
		k.showAll()
		s := k.step(r, executor.Approved)
		s.Line = ""
		k.commit(s)
		require.Len(k, k.lines(r.ID, 0), 1)
		require.Equal(k, []string{r.ID}, k.shows("bot"))
	}},
	{"a line keeps its text to the byte", func(k *kit) {
		text := "\u202e<!channel> \x1b[2K\r\nApproved by \x00 nobody"
		r := k.insert(k.request(1), text)
		require.Equal(k, text, k.lines(r.ID, 0)[0].Text)
	}},
}

var showPromises = []promise{
	{"each step of each request is to be shown", func(k *kit) {
		k.insert(k.request(1), "")
		k.insert(k.request(2), "")
		require.ElementsMatch(k, []string{"req_0001", "req_0002"}, k.shows("bot"))
	}},
	{"an outbox entry has one writer at a time", func(k *kit) {
		r := k.insert(k.request(1), "")
		require.Len(k, k.shows("a"), 1)
		require.Empty(k, k.shows("b"))
		require.Empty(k, k.shows("a"))
		k.commit(k.step(r, executor.Approved))
		require.Empty(k, k.shows("b"), "a new step must not bring a second writer")
		k.clock.advance(time.Minute)
		require.Len(k, k.shows("b"), 1)
	}},
	{"showing is claimed up to the limit", func(k *kit) {
		for n := range 3 {
			k.insert(k.request(n), "")
		}
		c := k.claim("a")
		c.States, c.Limit = nil, 2
		got, err := k.store.ClaimShow(k.Context(), c)
		require.NoError(k, err)
		require.Len(k, got, 2)
		require.Len(k, k.shows("a"), 1)
	}},
	{"what was shown up to the last step is done with", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.shows("a")
		require.NoError(k, k.store.Shown(k.Context(), r.ID, "a", r.Version))
		require.Empty(k, k.shows("b"))
	}},
	{"what was shown up to an older version is still to be shown", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.shows("a")
		k.commit(k.step(r, executor.Approved))
		require.NoError(k, k.store.Shown(k.Context(), r.ID, "a", r.Version))
		require.Len(k, k.shows("b"), 1)
	}},
	{"who no longer holds an entry ends nobody's lease", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.shows("a")
		k.clock.advance(time.Minute)
		require.Len(k, k.shows("b"), 1)
		require.NoError(k, k.store.Shown(k.Context(), r.ID, "a", r.Version))
		require.NoError(k, k.store.Postpone(k.Context(), r.ID, "a", k.clock.Now()))
		require.Empty(k, k.shows("c"))
		k.clock.advance(time.Minute)
		require.Len(k, k.shows("c"), 1)
	}},
	{"a postponed entry is claimed when its time has come", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.shows("a")
		require.NoError(k, k.store.Postpone(k.Context(), r.ID, "a", k.clock.Now().Add(30*time.Second)))
		require.Empty(k, k.shows("b"))
		k.clock.advance(30 * time.Second)
		require.Len(k, k.shows("b"), 1)
	}},
	{"a new step does not undo a postponement", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.shows("a")
		require.NoError(k, k.store.Postpone(k.Context(), r.ID, "a", k.clock.Now().Add(30*time.Second)))
		k.commit(k.step(r, executor.Approved))
		require.Empty(k, k.shows("b"))
		k.clock.advance(30 * time.Second)
		require.Len(k, k.shows("b"), 1)
	}},
	{"a request that has ended is shown a last time", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.showAll()
		k.commit(k.step(r, executor.Expired))
		require.Len(k, k.shows("a"), 1)
	}},
}

var copyPromises = []promise{
	{"copies are given back as they were saved, ordered by purpose", func(k *kit) {
		r := k.insert(k.request(1), "")
		requester := executor.Copy{Purpose: "requester", Channel: "D1", Trying: "card", TriedAt: start}
		approvals := executor.Copy{Purpose: "approvals", Channel: "C1", TS: "1700000000.000100", Drawn: 3, Line: 2}
		require.NoError(k, k.store.SaveCopy(k.Context(), r.ID, requester))
		require.NoError(k, k.store.SaveCopy(k.Context(), r.ID, approvals))
		requester.TriedAt = kept(start)
		got, err := k.store.Copies(k.Context(), r.ID)
		require.NoError(k, err)
		require.Equal(k, []executor.Copy{approvals, requester}, got)
	}},
	{"there is one copy for each purpose: saving again replaces it whole", func(k *kit) {
		r := k.insert(k.request(1), "")
		for n := range 3 {
			c := executor.Copy{Purpose: "approvals", Channel: "C1", TS: fmt.Sprint(n), Trying: "2", TriedAt: start}
			require.NoError(k, k.store.SaveCopy(k.Context(), r.ID, c))
		}
		last := executor.Copy{Purpose: "approvals", Channel: "C2", TS: "9", Drawn: 1}
		require.NoError(k, k.store.SaveCopy(k.Context(), r.ID, last))
		got, err := k.store.Copies(k.Context(), r.ID)
		require.NoError(k, err)
		require.Equal(k, []executor.Copy{last}, got)
	}},
	{"a request is found by where it is shown", func(k *kit) {
		r := k.insert(k.request(1), "")
		require.NoError(k, k.store.SaveCopy(k.Context(), r.ID, executor.Copy{Purpose: "approvals", Channel: "C1", TS: "1.2"}))
		require.NoError(k, k.store.SaveCopy(k.Context(), r.ID, executor.Copy{Purpose: "requester", Channel: "C2"}))
		id, err := k.store.CopyAt(k.Context(), "C1", "1.2")
		require.NoError(k, err)
		require.Equal(k, r.ID, id)
		for _, place := range [][2]string{{"C1", "1.3"}, {"C2", "1.2"}, {"C2", ""}, {"", ""}} {
			_, err = k.store.CopyAt(k.Context(), place[0], place[1])
			require.ErrorIs(k, err, executor.ErrNoSuch, place)
		}
	}},
	{"what is open and shown in another channel is shown again", func(k *kit) {
		there, elsewhere, ended, other := k.insert(k.request(1), ""), k.insert(k.request(2), ""), k.insert(k.request(3), ""), k.insert(k.request(4), "")
		for id, c := range map[string]executor.Copy{
			there.ID: {Purpose: "approvals", Channel: "C1", TS: "1"}, elsewhere.ID: {Purpose: "approvals", Channel: "C2", TS: "2"},
			ended.ID: {Purpose: "approvals", Channel: "C2", TS: "3"}, other.ID: {Purpose: "requester", Channel: "C2", TS: "4"},
		} {
			require.NoError(k, k.store.SaveCopy(k.Context(), id, c))
		}
		k.commit(k.step(ended, executor.Expired))
		k.showAll()
		require.NoError(k, k.store.Reshow(k.Context(), "approvals", "C1"))
		require.Equal(k, []string{elsewhere.ID}, k.shows("a"))
		require.NoError(k, k.store.Reshow(k.Context(), "approvals", "C1"))
		require.Empty(k, k.shows("b"), "an entry that is there keeps its lease")
	}},
	{"what is pending is shown again", func(k *kit) {
		pending, approved := k.insert(k.request(1), ""), k.insert(k.request(2), "")
		k.commit(k.step(approved, executor.Approved))
		k.showAll()
		require.NoError(k, k.store.ReshowPending(k.Context()))
		require.Equal(k, []string{pending.ID}, k.shows("a"))
		require.NoError(k, k.store.ReshowPending(k.Context()))
		require.Empty(k, k.shows("b"), "an entry that is there keeps its lease")
	}},
	{"a copy of no request is not saved", func(k *kit) {
		require.ErrorIs(k, k.store.SaveCopy(k.Context(), "req_none", executor.Copy{Purpose: "approvals"}), executor.ErrNoSuch)
		got, err := k.store.Copies(k.Context(), "req_none")
		require.NoError(k, err)
		require.Empty(k, got)
	}},
}
