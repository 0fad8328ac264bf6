package esystems

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestADeletionIsOneCallAndItsAnswerIsTheDeletedAccount(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer reply
		want   identity.Outcome
	}{
		"the account":     {reply{body: acc("42", "jane", true)}, identity.Accepted},
		"another account": {reply{body: acc("43", "jane", true)}, identity.Unclear},
		"no body":         {reply{}, identity.Unclear},
		"an error body":   {reply{body: missing}, identity.Unclear},
		"204":             {reply{status: 204}, identity.Unclear},
		"202":             {reply{status: 202, body: acc("42", "jane", true)}, identity.Unclear},
		"404":             {reply{status: 404, body: missing}, identity.Refused},
		"several":         {reply{status: 400, body: `{"Type":"/Errors/Multible Rows","StatusCode":400}`}, identity.Refused},
		"403":             {reply{status: 403, body: `{"Type":"/Errors/Permission","Title":"Bad Request","StatusCode":403}`}, identity.Refused},
		"500":             {reply{status: 500, body: `{"Type":"/Errors/Internal Server Error","StatusCode":500}`}, identity.Unclear},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]reply{"DELETE " + at("42"): test.answer})
			a := connect(t, s).Delete(t.Context(), "42")
			require.Equal(t, test.want, a.Outcome)
			require.Empty(t, a.Task)
			require.Equal(t, []string{"DELETE " + at("42") + "?Name=Id"}, s.lines())
			require.Empty(t, s.calls[0].body)
			if a.Err != nil {
				noPrivate(t, a.Err)
			}
			if name == "403" {
				require.Contains(t, a.Err.Sentence, "AccessManager:Delete")
			}
		})
	}
}

func TestSetActiveChangesOneFieldAndWritesAllOfItBack(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET " + at("42"): {body: acc("42", "jane", true)}, "PUT " + at("42"): {body: acc("42", "jane", false)}})
	a := connect(t, s).SetActive(t.Context(), "42", false)
	require.Equal(t, identity.Answer{Outcome: identity.Accepted, Status: 200}, a)
	require.Equal(t, []string{"GET " + at("42") + "?Name=Id", "PUT " + at("42") + "?Name=Id"}, s.lines())
	var was, is map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(acc("42", "jane", true)), &was))
	require.NoError(t, json.Unmarshal([]byte(s.calls[1].body), &is))
	require.Equal(t, "false", string(is["Is_Active"]))
	is["Is_Active"] = was["Is_Active"]
	require.Equal(t, was, is, "all else as it was, byte for byte: 64-bit ids, private fields, fields that we do not know")
}

func TestSetActiveEndsAsProvenAndTellsNothingPrivate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		read, write reply
		want        identity.Outcome
		calls       int
	}{
		"already so":         {reply{body: acc("42", "jane", false)}, reply{}, identity.Accepted, 1},
		"gone":               {reply{status: 404, body: missing}, reply{}, identity.NotSent, 1},
		"unreadable":         {reply{body: `{}`}, reply{}, identity.NotSent, 1},
		"another was read":   {reply{body: acc("43", "jane", true)}, reply{}, identity.NotSent, 1},
		"still active":       {reply{body: acc("42", "jane", true)}, reply{body: acc("42", "jane", true)}, identity.Unclear, 2},
		"another was put":    {reply{body: acc("42", "jane", true)}, reply{body: acc("43", "jane", false)}, identity.Unclear, 2},
		"refused, in detail": {reply{body: acc("42", "jane", true)}, reply{status: 400, body: `{"Errors":["Phone +49 151 555-PHONE of 010190-NATIONAL must be unique"],"Type":"/Errors/Bad Input","StatusCode":400}`}, identity.Refused, 2},
		"failed, in detail":  {reply{body: acc("42", "jane", true)}, reply{status: 500, body: `{"Errors":["Phone +49 151 555-PHONE of 010190-NATIONAL"],"Type":"/Errors/Internal Server Error","StatusCode":500}`}, identity.Unclear, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]reply{"GET " + at("42"): test.read, "PUT " + at("42"): test.write})
			a := connect(t, s).SetActive(t.Context(), "42", false)
			require.Equal(t, test.want, a.Outcome, "%v", a.Err)
			require.Len(t, s.lines(), test.calls)
			if a.Err != nil {
				noPrivate(t, *a.Err)
				noPrivate(t, errors.Unwrap(a.Err))
			}
			if name == "gone" {
				require.Equal(t, fault.NotFound, a.Err.Kind)
			}
		})
	}
}

func TestACreationSendsTypedFieldsAndRefusesUnknownOnes(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"POST /Account": {body: acc("42", "jane", true)}})
	a := connect(t, s).Create(t.Context(), map[string]string{"Username": "jane", "Email": "j@acme.example", "Is_Active": "true", "NotifyBySMS": "false"})
	require.Equal(t, identity.Accepted, a.Outcome)
	require.Equal(t, []string{"POST /Account?"}, s.lines())
	require.JSONEq(t, `{"Username":"jane","Email":"j@acme.example","Is_Active":true,"NotifyBySMS":false}`, s.calls[0].body)

	a = connect(t, s).Create(t.Context(), map[string]string{"Username": "jane", "Identifier": "x", "Usrname": "x", "Is_Active": "yes"})
	require.Equal(t, identity.NotSent, a.Outcome)
	require.Equal(t, fault.Invalid, a.Err.Kind)
	require.Len(t, a.Err.Fields, 3)
	require.Len(t, s.lines(), 1)

	a = connect(t, s).Create(t.Context(), map[string]string{"Username": "bob"})
	require.Equal(t, identity.Unclear, a.Outcome, "the answer is about somebody else")

	s = serve(t, map[string]reply{"POST /Account": {status: 400, body: `{"Errors":["Username must be unique.","Phone +49 PHONE is taken"],"Type":"/Errors/Bad Input","StatusCode":400,"RequestKey":"k"}`}})
	a = connect(t, s).Create(t.Context(), map[string]string{"Username": "jane", "Phone": "+49 PHONE"})
	require.Equal(t, identity.Refused, a.Outcome)
	require.Contains(t, a.Err.Said, "Username must be unique.")
	noPrivate(t, *a.Err)
}

func TestAnIDThatIsNoSegmentIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, id := range []string{"", ".", "..", "a\n", "\x00"} {
		require.Equal(t, identity.NotSent, connect(t, s).Delete(t.Context(), id).Outcome)
		require.Equal(t, identity.NotSent, connect(t, s).SetActive(t.Context(), id, true).Outcome)
	}
	require.Empty(t, s.lines())
}

func FuzzAccount(f *testing.F) {
	f.Add([]byte(acc("42", "jane", true)))
	f.Add([]byte(`{"Id":null,"Is_Active":true,"TenantId":{"Id":1e3}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := promised(body)
		if err != nil {
			return
		}
		require.NotEmpty(t, got.plain().ID)
	})
}
