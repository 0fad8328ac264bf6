package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// questionID names the one thing that is asked at a time.
const questionID = "answer"

// answerPatience is how long a call of the older protocol that asks stays open: for all its answers, and for its request's end after
// them. Several clients give up at 60 seconds.
const answerPatience = 45 * time.Second

// courteous lets a requester whose client can ask give the reason that is missing, or say which of several accounts they mean, instead
// of starting anew. The answer becomes an argument, exactly as if it had been there from the start: it approves nothing, and everybody
// whose client cannot ask gets the same as an error. It never asks for anything else.
func (m *MCP) courteous(op executor.Operation, next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		input, until := argumentsOf(call), time.Now().Add(m.patience)
		var answers map[string]string
		if call.Params.RequestState != "" || len(call.Params.InputResponses) > 0 {
			var err error
			if answers, err = m.answered(ctx, op, call); err != nil {
				return errorResult(m.shown(ctx, err)), nil
			}
		}
		for {
			result, err := next(ctx, withArguments(call, withAnswers(input, answers)))
			if err != nil {
				return result, err
			}
			ask, worth := m.worthAsking(ctx, op, result, answers)
			if !worth {
				return result, nil
			}
			if server.IsModernRequest(ctx) {
				return m.inputRequired(ctx, result, ask, question{Tool: op.Name, Digest: digestOf(input), Answers: answers})
			}
			ctx = context.WithValue(ctx, untilKey{}, until)
			answer, given := m.elicit(ctx, ask)
			if !given {
				return result, nil
			}
			answers = added(answers, ask.field, answer)
		}
	}
}

// untilKey is where a call that asks has the end of its patience. It is no deadline of the context: what was answered in time is still
// asked for, however long that takes.
type untilKey struct{}

// left gives what is left of a time, in a call that has asked.
func left(ctx context.Context, of time.Duration) time.Duration {
	if until, asked := ctx.Value(untilKey{}).(time.Time); asked {
		return max(0, min(of, time.Until(until)))
	}
	return of
}

// asking is a question in the making: for which argument, in which words, and the answers that there are; none: any text.
type asking struct {
	field, message string
	offered, names []string
}

// worthAsking tells whether a call failed for something that its requester can say, and has not been asked for yet.
func (m *MCP) worthAsking(ctx context.Context, op executor.Operation, r *mcp.CallToolResult, answers map[string]string) (asking, bool) {
	content, _ := r.StructuredContent.(map[string]any)
	failure, failed := content["error"].(toolFailure)
	if !r.IsError || !failed || !canAsk(ctx) {
		return asking{}, false
	}
	ask, is := asking{}, false
	if reason, known := op.Input.Field("reason"); known && reason.Required && failure.Kind == fault.Invalid.String() &&
		len(failure.Fields) == 1 && failure.Fields[0].Name == "reason" {
		ask, is = asking{field: "reason", message: op.Title + ": why? The approver reads it. " + nothingYet}, true
	}
	// A form would show the choices as if they were all, so that somebody picks the likeliest of them for the one that is missing.
	whole := failure.Kind == fault.Conflict.String() && len(failure.Choices) > 1 && !failure.More
	if _, byID := op.Input.Field("match_by"); byID && whole {
		ask, is = asking{field: "account", message: op.Title + ": which account is meant? What stands in quotation marks comes from the identity system. " + nothingYet}, true
		for _, c := range failure.Choices {
			ask.offered, ask.names = append(ask.offered, c.Value), append(ask.names, choiceName(c))
		}
	}
	_, before := answers[ask.field]
	return ask, is && !before
}

// choiceName tells an account apart, on one line.
func choiceName(c fault.Choice) string {
	var facts []string
	for _, f := range c.Facts {
		if f.Value != "" {
			facts = append(facts, plainText(f.Label, longestCell)+" "+quotedText(f.Value))
		}
	}
	return strings.Join(facts, ", ")
}

// canAsk tells whether the client declares that it can show a form to its person.
func canAsk(ctx context.Context) bool {
	var can *mcp.ElicitationCapability
	if modern := server.RequestProtocolInfoFromContext(ctx); modern != nil && modern.Modern {
		if modern.ClientCapabilities != nil {
			can = modern.ClientCapabilities.Elicitation
		}
	} else if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		can = session.GetClientCapabilities().Elicitation
	}
	return can != nil && (can.Form != nil || can.URL == nil) // neither means forms, as before there were others
}

// params puts the question as the client's protocol version has it: before 2025-11-25 titles were a list beside the values.
func (a asking) params(ctx context.Context) mcp.ElicitationParams {
	field := map[string]any{"type": "string", "title": "Reason", "description": "Why.", "minLength": 1, "maxLength": 1000}
	if len(a.offered) > 0 {
		field = map[string]any{"type": "string", "title": "Account", "description": "The account that is meant."}
		if server.RequestProtocolVersion(ctx) >= mcp.ProtocolVersion20251125 { // versions are dates
			field["oneOf"] = a.titled()
		} else {
			field["enum"], field["enumNames"] = a.offered, a.names
		}
	}
	return mcp.ElicitationParams{Message: a.message, RequestedSchema: map[string]any{
		"type": "object", "properties": map[string]any{a.field: field}, "required": []string{a.field},
	}}
}

// titled gives the answers that there are, each with what tells it apart.
func (a asking) titled() []map[string]string {
	out := make([]map[string]string, len(a.offered))
	for i, value := range a.offered {
		out[i] = map[string]string{"const": value, "title": a.names[i]}
	}
	return out
}

// inputRequired asks by the protocol's own way: the client makes the call again, with the answer and what we sealed.
func (m *MCP) inputRequired(ctx context.Context, failed *mcp.CallToolResult, a asking, asked question) (*mcp.CallToolResult, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return failed, nil //nolint:nilerr // nobody to ask; the failure says the rest
	}
	asked.Principal, asked.Field, asked.Offered = actor.Principal, a.field, a.offered
	state, err := m.questions.seal(asked)
	if err != nil {
		return failed, nil //nolint:nilerr // a courtesy that does not work out is none
	}
	return server.NewInputRequestBuilder(state).Elicit(questionID, a.params(ctx)).ToolResult(), nil
}

// answered takes a question back with its answer. fault.Invalid when it is none of ours, or has been answered before.
func (m *MCP) answered(ctx context.Context, op executor.Operation, call mcp.CallToolRequest) (map[string]string, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := m.questions.open(call.Params.RequestState, actor.Principal, op.Name, digestOf(argumentsOf(call)))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "This answers no question that is open: it was answered before, is too old, or belongs to another call. "+
			"Make the call again without requestState and inputResponses."+noChange)
	}
	answer := server.ElicitationResponse(call.Params.InputResponses, questionID)
	if answer == nil || len(call.Params.InputResponses) != 1 {
		return nil, fault.New(fault.Invalid, "The answer could not be read, so it counts as none. Make the call again."+noChange)
	}
	value, given := answerTo(asking{field: asked.Field, offered: asked.Offered}, answer)
	if !given {
		return nil, fault.New(fault.Invalid, "The question was not answered. Call again with "+asked.Field+" given."+noChange)
	}
	return added(asked.Answers, asked.Field, value), nil
}

// elicit asks a client of the older protocol, in the middle of its call. Whatever goes wrong is no answer.
func (m *MCP) elicit(ctx context.Context, a asking) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, left(ctx, m.patience))
	defer cancel()
	if ctx.Err() != nil {
		return "", false // the library would ask all the same, and hear no answer
	}
	defer context.AfterFunc(m.closing, cancel)() //nolint:contextcheck // the server's own end comes on top of the caller's
	answer, err := m.server.RequestElicitation(ctx, mcp.ElicitationRequest{
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: a.params(ctx),
	})
	if err != nil || answer == nil {
		return "", false
	}
	return answerTo(a, answer)
}

// answerTo takes the one value that was asked for. Anything more, anything else and anything that was not offered is no answer.
func answerTo(a asking, answer *mcp.ElicitationResult) (string, bool) {
	content, _ := answer.Content.(map[string]any)
	value, _ := content[a.field].(string)
	good := answer.Action == mcp.ElicitationResponseActionAccept && len(content) == 1 && strings.TrimSpace(value) != ""
	return value, good && (len(a.offered) == 0 || slices.Contains(a.offered, value))
}

func added(answers map[string]string, field, value string) map[string]string {
	out := map[string]string{field: value}
	for name, before := range answers {
		out[name] = cmp.Or(out[name], before)
	}
	return out
}

// withAnswers puts answers into arguments, in place of what stands there. An account that was chosen is meant by its id.
func withAnswers(input json.RawMessage, answers map[string]string) json.RawMessage {
	if len(answers) == 0 {
		return input
	}
	ms, err := jsonMembers(input)
	if err != nil {
		return input // it was no object before either; the operation's own decoder says so
	}
	set := func(name, value string) {
		raw, _ := json.Marshal(value) // a string always marshals
		ms = slices.DeleteFunc(ms, func(m jsonMember) bool { return m.name == name })
		ms = append(ms, jsonMember{name: name, value: raw})
	}
	for _, field := range []string{"reason", "account"} {
		if value, given := answers[field]; given {
			set(field, value)
		}
	}
	if _, chosen := answers["account"]; chosen {
		set("match_by", "id")
	}
	return jsonObject(ms)
}

// withArguments gives a call with other arguments, and without answers: the operation sees only arguments.
func withArguments(call mcp.CallToolRequest, input json.RawMessage) mcp.CallToolRequest {
	call.Params.RawArguments, call.Params.Arguments = input, nil
	call.Params.MultiRoundTripParams = mcp.MultiRoundTripParams{}
	return call
}
