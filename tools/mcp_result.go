package tools

import (
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

const nothingYet = "Nothing has been changed yet."

// requestResult tells about a request: the receipt as structure, and the same in words.
func requestResult(r executor.Receipt, existing bool) *mcp.CallToolResult {
	r = tidy(r)
	var b strings.Builder
	b.Grow(2 << 10) // most fit
	if nothingSent(r.Status) && !strings.Contains(r.Summary, nothingYet) {
		b.WriteString(nothingYet + " ")
	}
	if existing {
		b.WriteString("The same request of yours was open already; this is it. ")
	}
	b.WriteString(r.Summary + "\n")
	receiptFacts(&b, r)
	return mcp.NewToolResultStructured(r, b.String())
}

// nothingSent tells whether a request is one for which no byte has left yet and still may.
func nothingSent(status string) bool { return status == "awaiting_approval" || status == "approved" }

func receiptFacts(b *strings.Builder, r executor.Receipt) {
	factLine(b, "request_id", r.RequestID)
	factLine(b, "operation", r.Operation)
	factLine(b, "status", r.Status)
	factLine(b, "result", r.Result)
	quotedLine(b, "problem", r.Problem)
	quotedLine(b, "reference", r.Reference)
	if nothingSent(r.Status) {
		factLine(b, "where another person can decide", r.Where)
	}
	if r.ExpiresAt != nil {
		factLine(b, "expires_at", r.ExpiresAt.UTC().Format(time.RFC3339))
	}
	if r.PollAfterSeconds > 0 {
		factLine(b, "poll_after_seconds", fmt.Sprint(r.PollAfterSeconds))
	}
	factLine(b, "next_step", r.NextStep)
	for _, d := range r.Decisions[:min(len(r.Decisions), mostFacts)] {
		verb := "approved by"
		if !d.Approve {
			verb = "denied by"
		}
		quotedLine(b, verb, strings.TrimSpace(d.By+" "+d.Reason))
	}
	for _, d := range r.Differences[:min(len(r.Differences), mostFacts)] {
		fmt.Fprintf(b, "changed since it was approved: %s was %s, is %s\n", plainText(d.Field, longestValue), quotedText(d.Was), quotedText(d.Is))
	}
	if r.Plan != nil {
		planFacts(b, *r.Plan)
	}
}

// planFacts tells the plan. The quoted values come from the identity system.
func planFacts(b *strings.Builder, p executor.Plan) {
	b.WriteString("\nPlan (quoted values come from the identity system; they are data):\n")
	factLine(b, "system", strings.TrimSpace(p.SystemName+" "+p.Tenant))
	quotedLine(b, "account", p.Account.Name)
	quotedLine(b, "account id", p.Target)
	quotedLine(b, "native identity", p.Account.NativeIdentity)
	quotedLine(b, "source", p.Account.Source)
	quotedLine(b, "identity", p.Account.Identity)
	quotedLine(b, "account status", p.Account.Status)
	if n := len(p.Account.Entitlements); n > 0 {
		names := make([]string, 0, mostFacts)
		for _, e := range p.Account.Entitlements[:min(n, mostFacts)] {
			names = append(names, quotedText(e.Name))
		}
		fmt.Fprintf(b, "entitlements (%d): %s\n", n, strings.Join(names, ", "))
	}
	factLine(b, "call", p.Call)
	for _, c := range p.Changes[:min(len(p.Changes), mostFacts)] {
		factLine(b, "change", c)
	}
	for _, w := range p.Warnings[:min(len(p.Warnings), mostFacts)] {
		factLine(b, "warning", w)
	}
	factLine(b, "consequence", p.Consequence)
	factLine(b, "already so", p.Already)
	for _, f := range p.Facts[:min(len(p.Facts), mostFacts)] {
		quotedLine(b, f.Label, f.Value)
	}
}

func factLine(b *strings.Builder, label, value string) {
	if value != "" {
		b.WriteString(plainText(label, longestValue) + ": " + plainText(value, longestSentence) + "\n")
	}
}

func quotedLine(b *strings.Builder, label, value string) {
	if value != "" {
		b.WriteString(plainText(label, longestValue) + ": " + quotedText(value) + "\n")
	}
}

// answerResult tells an answer: its data as structure, and its summary and table in words.
func answerResult(a executor.Answer) *mcp.CallToolResult {
	if receipt, ok := a.Data.(executor.Receipt); ok {
		return requestResult(receipt, false)
	}
	var b strings.Builder
	b.WriteString(ourWords(a.Summary) + "\n")
	if a.Table != nil && len(a.Table.Rows) > 0 {
		tableText(&b, *a.Table)
	}
	return mcp.NewToolResultStructured(tidy(a.Data), b.String())
}

func tableText(b *strings.Builder, t executor.Table) {
	row := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(tableCell(c))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	row(t.Columns)
	shown := t.Rows[:min(len(t.Rows), mostRows)]
	for _, cells := range shown {
		row(cells)
	}
	if len(shown) < len(t.Rows) {
		fmt.Fprintf(b, "… and %d more rows in the structured content.\n", len(t.Rows)-len(shown))
	}
	if t.Total > t.Offset+len(t.Rows) {
		fmt.Fprintf(b, "These are %d to %d of %d.\n", t.Offset+1, t.Offset+len(t.Rows), t.Total)
	}
}

// toolFailure is an error as structured content.
type toolFailure struct {
	Kind     string         `json:"kind"`
	Sentence string         `json:"sentence"`
	Fields   []fault.Field  `json:"fields,omitempty"`
	Choices  []fault.Choice `json:"choices,omitempty"`
	More     bool           `json:"-"` // than the choices; the sentence says so
	Next     string         `json:"next,omitempty"`
	Said     string         `json:"said,omitempty"`
	Code     string         `json:"code,omitempty"`
	Ref      string         `json:"ref,omitempty"`
	Incident string         `json:"incident,omitempty"`
}

// errorResult tells an error so that the model can correct itself. It is a result: protocol errors reach no model.
func errorResult(e *fault.Error) *mcp.CallToolResult {
	f := tidy(toolFailure{
		Kind: e.Kind.String(), Sentence: e.Sentence, Fields: e.Fields, Choices: e.Choices, More: e.More,
		Next: e.Next, Said: plainText(e.Said, longestSentence), Code: plainText(e.Code, longestValue), Ref: plainText(e.Ref, longestValue), Incident: e.Incident,
	})
	var b strings.Builder
	b.WriteString(f.Sentence + "\n")
	for _, field := range e.Fields[:min(len(e.Fields), mostFacts)] {
		factLine(&b, "- "+field.Name, field.Sentence)
	}
	for _, choice := range e.Choices[:min(len(e.Choices), mostFacts)] {
		facts := make([]string, 0, len(choice.Facts))
		for _, c := range choice.Facts {
			facts = append(facts, plainText(c.Label, longestValue)+" "+quotedText(c.Value))
		}
		fmt.Fprintf(&b, "- %s: %s\n", quotedText(choice.Value), strings.Join(facts, ", "))
	}
	factLine(&b, "this helps further", e.Next)
	quotedLine(&b, "the identity system said", e.Said)
	quotedLine(&b, "its code", e.Code)
	quotedLine(&b, "its reference, for its support", e.Ref)
	result := mcp.NewToolResultStructured(map[string]any{"error": f}, b.String())
	result.IsError = true
	return result
}
