package storetest

import (
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var auditPromises = []promise{
	{"records are kept in order, in every field", func(k *kit) {
		r := k.request(1)
		first := executor.Record{
			RequestID: r.ID, Event: "requested", At: start, Data: json.RawMessage(`{"a":"<&>\u001b[2K\nrequested"}`),
			By: executor.Actor{Principal: "p", Name: "na\x1b[2K\r\nme <b>", Door: executor.DoorMCP, Client: "client", Channel: "C1"},
		}
		second := executor.Record{RequestID: r.ID, Event: "planned", At: start.Add(time.Second)}
		_, err := k.store.Insert(k.Context(), executor.Arrival{Request: r, Key: "key", Records: []executor.Record{first, second}})
		require.NoError(k, err)
		k.commit(k.step(r, executor.Denied))
		first.At, second.At = kept(first.At), kept(second.At)
		require.Equal(k, []executor.Record{first, second, k.record(r.ID, "denied")}, k.records(r.ID))
	}},
	{"evidence is added without a step", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.showAll()
		require.NoError(k, k.store.Append(k.Context(), k.record(r.ID, "late"), k.record(r.ID, "later")))
		require.Len(k, k.records(r.ID), 3)
		require.Equal(k, r.Version, k.get(r.ID).Version)
		require.Empty(k, k.shows("bot"))
	}},
	{"records that belong to no request are kept as well", func(k *kit) {
		require.NoError(k, k.store.Append(k.Context(), k.record("", "started")))
		require.Len(k, k.records(""), 1)
	}},
	{"a record of another request is not part of a step", func(k *kit) {
		r := k.insert(k.request(1), "")
		s := k.step(r, executor.Approved)
		s.Records = append(s.Records, k.record("req_other", "approved"))
		require.Error(k, k.store.Commit(k.Context(), s))
		require.Equal(k, executor.Pending, k.get(r.ID).State)
		require.Len(k, k.records(r.ID), 1)
		require.Empty(k, k.records("req_other"))
	}},
	{"a record that cannot be written takes its step with it", func(k *kit) {
		r := k.insert(k.request(1), "")
		s := k.step(r, executor.Approved)
		bad := k.record(r.ID, "bad")
		bad.Data = json.RawMessage(`{"not`)
		s.Records = append(s.Records, bad)
		require.Error(k, k.store.Commit(k.Context(), s))
		require.Equal(k, executor.Pending, k.get(r.ID).State)
		require.Len(k, k.records(r.ID), 1)
		require.Empty(k, k.lines(r.ID, 0))
	}},
}
