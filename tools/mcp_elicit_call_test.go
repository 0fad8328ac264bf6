package tools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// remover is an executor that removes accounts: it wants a reason and one account, and what it records is never decided.
type remover struct {
	asker   // of which nothing else is used
	systems Systems
	search  time.Duration // how long it takes to find accounts
}

func (r remover) Operations() []executor.Operation { return Catalogue(r.systems) }

func (r remover) Ask(ctx context.Context, _ string, input json.RawMessage, _ executor.Actor) (executor.Asked, error) {
	var in RemoveAccountInput
	if err := json.Unmarshal(input, &in); err != nil {
		return executor.Asked{}, err
	}
	if in.Reason == "" {
		return executor.Asked{}, &fault.Error{Kind: fault.Invalid, Sentence: "No reason.", Fields: []fault.Field{{Name: "reason", Sentence: "is missing"}}}
	}
	select {
	case <-ctx.Done():
		return executor.Asked{}, ctx.Err()
	case <-time.After(r.search):
	}
	if _, err := in.account(ctx, r.systems.ISC, ""); err != nil {
		return executor.Asked{}, err
	}
	return executor.Asked{Request: &executor.Request{ID: "req_1", State: executor.Pending}}, nil
}

func (r remover) Await(ctx context.Context, id string, _ executor.Actor, _ int64, most time.Duration) (executor.Request, error) {
	select {
	case <-ctx.Done():
		return executor.Request{}, ctx.Err()
	case <-time.After(most):
		return executor.Request{ID: id, State: executor.Pending}, nil
	}
}

func (r remover) Receipt(q executor.Request) executor.Receipt {
	return executor.Receipt{RequestID: q.ID}
}

// person answers questions, each after some time.
type person struct {
	takes time.Duration
	asked []mcp.ElicitationParams
}

func (p *person) Elicit(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.asked = append(p.asked, r.Params)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(p.takes):
		return &mcp.ElicitationResult{ElicitationResponse: p.answer()}, nil
	}
}

// answer gives the account a1, or a reason.
func (p *person) answer() mcp.ElicitationResponse {
	schema, _ := p.asked[len(p.asked)-1].RequestedSchema.(map[string]any)
	field, value := schema["required"].([]string)[0], "left"
	if field == "account" {
		value = "a1"
	}
	return mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{field: value}}
}

// removal1 calls remove_account for one client with a person, which speaks a version of the protocol.
type removal1 struct {
	face    *MCP
	version string
	person  *person
}

func newRemoval(t *testing.T, version string, takes, search time.Duration) (removal1, *directory) {
	t.Helper()
	s, d, _ := world()
	face, err := NewMCP(remover{systems: s, search: search}, MCPOptions{})
	require.NoError(t, err)
	t.Cleanup(face.Close)
	return removal1{face, version, &person{takes: takes}}, d
}

func (r removal1) call(t *testing.T, args string, retry mcp.MultiRoundTripParams) *mcp.CallToolResult {
	t.Helper()
	can := mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapability{Form: &struct{}{}}}
	ctx := withCaller(t.Context(), caller{principal: "slack:T0:URILEY", scopes: Scopes()})
	if mcp.IsModernProtocol(r.version) {
		ctx = server.WithRequestProtocolInfo(ctx, &server.RequestProtocolInfo{Modern: true, ProtocolVersion: r.version, ClientCapabilities: &can})
	} else {
		session := server.NewInProcessSessionWithHandlers("s", nil, r.person, nil)
		session.SetClientCapabilities(can)
		session.SetProtocolVersion(r.version)
		ctx = r.face.server.WithContext(ctx, session)
	}
	var call mcp.CallToolRequest
	call.Params.RawArguments, call.Params.MultiRoundTripParams = json.RawMessage(args), retry
	result, err := r.face.direct["remove_account"](ctx, call)
	require.NoError(t, err)
	return result
}

func TestAChoiceThatMayLackTheRightAccountIsNotOffered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		account, says string
		change        func(*directory)
	}{
		"more than are told apart": {"same.name", "More than 10 accounts in SailPoint match", func(d *directory) {
			for range 13 {
				d.accounts = append(d.accounts, identity.Account{ID: "x", DisplayName: "same.name"})
			}
		}},
		"more than could be looked through": {"jane doe", "At least 2 accounts in SailPoint match", func(d *directory) { d.cut = true }},
		"all there are":                     {"jane doe", "", func(*directory) {}},
	} {
		for _, version := range []string{mcp.ProtocolVersion20251125, mcp.ProtocolVersion20260728} {
			t.Run(name+", "+version, func(t *testing.T) {
				t.Parallel()
				r, d := newRemoval(t, version, 0, 0)
				c.change(d)
				got := r.call(t, `{"account":"`+c.account+`","reason":"left","wait_seconds":0}`, mcp.MultiRoundTripParams{})
				require.Equal(t, c.says == "", len(r.person.asked) > 0 || got.ResultType == mcp.ResultTypeInputRequired)
				if c.says != "" {
					require.True(t, got.IsError)
					require.Contains(t, got.Content[0].(mcp.TextContent).Text, c.says)
				}
			})
		}
	}
}

// A client of the older protocol holds the whole call to its own patience, which is 60 seconds with several.
func TestACallThatAsksStaysOpenForFortyFiveSecondsInAll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args                string
		takes, search, want time.Duration
		questions           int
		recorded            bool
	}{
		"two questions, and a wait that is cut":  {`{"account":"jane doe","wait_seconds":45}`, 20 * time.Second, 0, 45 * time.Second, 2, true},
		"two questions, and a shorter wait":      {`{"account":"jane doe","wait_seconds":2}`, 20 * time.Second, 0, 42 * time.Second, 2, true},
		"an answer that comes too late":          {`{"account":"jane doe","wait_seconds":45}`, 30 * time.Second, 0, 45 * time.Second, 2, false},
		"nothing to ask":                         {`{"account":"a1","reason":"left","wait_seconds":45}`, 0, 0, 45 * time.Second, 0, true},
		"no time left to ask in":                 {`{"account":"jane doe","reason":"left","wait_seconds":45}`, 1, 46 * time.Second, 46 * time.Second, 0, false},
		"answers in time, recorded without wait": {`{"account":"jane doe","wait_seconds":45}`, 17 * time.Second, 10 * time.Second, 54 * time.Second, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, _ := newRemoval(t, mcp.ProtocolVersion20251125, c.takes, c.search)
				began := time.Now()
				got := r.call(t, c.args, mcp.MultiRoundTripParams{})
				require.Equal(t, c.want, time.Since(began))
				require.Len(t, r.person.asked, c.questions)
				require.Equal(t, c.recorded, !got.IsError)
			})
		})
	}
}

// Of the newer protocol each round is a call, so none of them has used anything of another's time.
func TestACallThatAnswersAQuestionWaitsAsLongAsItSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := newRemoval(t, mcp.ProtocolVersion20260728, 0, 0)
		const args = `{"account":"a1","wait_seconds":45}`
		asked := r.call(t, args, mcp.MultiRoundTripParams{})
		require.Equal(t, mcp.ResultTypeInputRequired, asked.ResultType)
		var retry mcp.MultiRoundTripParams
		require.NoError(t, json.Unmarshal([]byte(`{"inputResponses":{"answer":{"action":"accept","content":{"reason":"left"}}}}`), &retry))
		retry.RequestState = asked.RequestState
		time.Sleep(time.Minute) // of the bubble
		began := time.Now()
		require.False(t, r.call(t, args, retry).IsError)
		require.Equal(t, 45*time.Second, time.Since(began))
	})
}

func TestAChoiceIsPutAsTheClientsProtocolVersionHasIt(t *testing.T) {
	t.Parallel()
	const titled = `"oneOf":[{"const":"a1","title":T1},{"const":"a2","title":T2}]`
	const beside = `"enum":["a1","a2"],"enumNames":[T1,T2]`
	for version, want := range map[string]string{
		mcp.ProtocolVersion20250618: beside, mcp.ProtocolVersion20251125: titled, mcp.ProtocolVersion20260728: titled,
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			r, _ := newRemoval(t, version, 0, 0)
			got := r.call(t, `{"account":"jane doe","reason":"left","wait_seconds":0}`, mcp.MultiRoundTripParams{})
			if mcp.IsModernProtocol(version) {
				r.person.asked = append(r.person.asked, *got.InputRequests[questionID].Elicitation)
			}
			require.Len(t, r.person.asked, 1)
			schema, err := json.Marshal(r.person.asked[0].RequestedSchema)
			require.NoError(t, err)
			titles := strings.NewReplacer(
				"T1", `"Source \"Corporate AD\", Login \"jane.doe\", Native identity \"CN=Jane Doe\", Identity \"Jane Doe\", Status \"enabled\", Id \"a1\""`,
				"T2", `"Source \"HR file\", Login \"jdoe\", Native identity \"1001\", Identity \"Jane Doe\", Status \"enabled\", Id \"a2\""`)
			require.JSONEq(t, `{"type":"object","required":["account"],"properties":{"account":{"type":"string","title":"Account",`+
				`"description":"The account that is meant.",`+titles.Replace(want)+`}}}`, string(schema))
		})
	}
}
