package storetest

import (
	"encoding/json"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

const (
	riley = executor.Principal("slack:T1:U1")
	amara = executor.Principal("slack:T1:U2")
)

func (k *kit) links() executor.Links {
	k.Helper()
	links, ok := k.store.(executor.Links)
	require.True(k, ok, "the store has no table of links")
	return links
}

func (k *kit) linkRecord(event string) executor.Record {
	return executor.Record{Event: event, By: executor.Actor{Principal: "local:admin"}, At: kept(k.clock.Now()), Data: json.RawMessage(`{"n":1}`)}
}

func (k *kit) link(identity, person executor.Principal) error {
	return k.links().Link(k.Context(), executor.Link{Identity: identity, Principal: person, At: kept(k.clock.Now())}, k.linkRecord("linked"))
}

func (k *kit) linked(identity executor.Principal) executor.Principal {
	k.Helper()
	person, err := k.links().Linked(k.Context(), identity)
	require.NoError(k, err)
	return person
}

var linkPromises = []promise{
	{"an identity is one person, from when it is linked until it is unlinked", func(k *kit) {
		require.Empty(k, k.linked("local:riley"))
		require.NoError(k, k.link("local:riley", riley))
		require.Equal(k, riley, k.linked("local:riley"))
		require.Empty(k, k.linked("local:Riley"), "identities are compared byte by byte")
		require.NoError(k, k.links().Unlink(k.Context(), "local:riley", k.linkRecord("unlinked")))
		require.Empty(k, k.linked("local:riley"))
		require.ErrorIs(k, k.links().Unlink(k.Context(), "local:riley", k.linkRecord("unlinked")), executor.ErrNoLink)
	}},
	{"an identity that is linked is not linked anew", func(k *kit) {
		require.NoError(k, k.link("local:riley", riley))
		require.ErrorIs(k, k.link("local:riley", amara), executor.ErrLinked)
		require.ErrorIs(k, k.link("local:riley", riley), executor.ErrLinked)
		require.Equal(k, riley, k.linked("local:riley"))
	}},
	{"links lead to a person in one step", func(k *kit) {
		require.ErrorIs(k, k.link(riley, riley), executor.ErrLinkLoop)
		require.NoError(k, k.link("slack:T2:U9", riley))
		require.ErrorIs(k, k.link("local:riley", "slack:T2:U9"), executor.ErrLinkLoop)
		require.ErrorIs(k, k.link(riley, amara), executor.ErrLinkLoop)
	}},
	{"links are listed by person and identity, all or one person's", func(k *kit) {
		for _, l := range [][2]executor.Principal{{"local:b", amara}, {"local:c", riley}, {"local:a", riley}} {
			require.NoError(k, k.link(l[0], l[1]))
		}
		names := func(of executor.Principal) (out []executor.Principal) {
			list, err := k.links().Links(k.Context(), of)
			require.NoError(k, err)
			for _, l := range list {
				require.Equal(k, kept(k.clock.Now()), l.At)
				out = append(out, l.Identity)
			}
			return out
		}
		require.Equal(k, []executor.Principal{"local:a", "local:c", "local:b"}, names(""))
		require.Equal(k, []executor.Principal{"local:b"}, names(amara))
		require.Empty(k, names("slack:T1:U3"))
	}},
	{"a link and its end are on record, and what is refused is not", func(k *kit) {
		require.NoError(k, k.link("local:riley", riley))
		require.Error(k, k.link("local:riley", amara))
		require.NoError(k, k.links().Unlink(k.Context(), "local:riley", k.linkRecord("unlinked")))
		require.Equal(k, []executor.Record{k.linkRecord("linked"), k.linkRecord("unlinked")}, k.records(""))
	}},
	{"a link that cannot be put on record is not made", func(k *kit) {
		bad := k.linkRecord("linked")
		bad.Data = json.RawMessage("{")
		require.Error(k, k.links().Link(k.Context(), executor.Link{Identity: "local:riley", Principal: riley, At: k.clock.Now()}, bad))
		require.Empty(k, k.linked("local:riley"))
		require.NoError(k, k.link("local:riley", riley))
		require.Error(k, k.links().Unlink(k.Context(), "local:riley", bad))
		require.Equal(k, riley, k.linked("local:riley"))
	}},
	{"of a hundred links of one identity at once exactly one is made", func(k *kit) {
		require.Equal(k, 1, race(k, func(i int) error {
			return k.link("local:riley", []executor.Principal{riley, amara}[i%2])
		}, executor.ErrLinked))
		require.Len(k, k.records(""), 1)
	}},
}
