package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/schemas"
)

const (
	findOperation = "find_accounts"         // asked for what there is to choose from; its fields are in schemas/find_accounts.*.json
	suggestWithin = 2200 * time.Millisecond // Slack waits 3 s
	suggestAtOnce = 16                      // look-ups; below accepting, so that they never keep a click waiting
	suggestMost   = 20                      // options
)

// offer is what a search for options is answered with: a list, even an empty one.
type offer struct {
	Options []*slack.OptionBlockObject `json:"options"`
}

// foundAccounts is what is used of the answer of find_accounts.
type foundAccounts struct {
	Accounts []foundAccount `json:"accounts"`
	More     bool           `json:"more"`
}

type foundAccount struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	Source      string `json:"source"`
	SourceID    string `json:"source_id"`
	Identity    string `json:"identity"`
	Status      string `json:"status"`
}

// suggest offers what somebody may mean who types into a field. What they typed is always on offer: it is looked up when they
// ask, so that a slow or silent identity system keeps nobody from asking.
func (b *Bot) suggest(ctx context.Context, d delivery) offer {
	out := offer{Options: []*slack.OptionBlockObject{}}
	a, ok := readAsking(d.View)
	op, known := b.operation(a.Operation)
	field, named := op.Input.Field(fieldOf(d.Action))
	if !ok || !known || !named || field.Complete == "" {
		return out
	}
	typed := strings.TrimSpace(d.Value)
	query := map[string]string{"account": typed}
	said := b.chosen(a, d.View, a.Operation).said
	for _, other := range op.Input.Fields() {
		switch value := strings.TrimSpace(said[other.Name]); {
		case value == "" || other.Name == field.Name:
		case other.Complete == schemas.Accounts && field.Complete == schemas.Sources:
			query["account"] = value
		case other.Complete == schemas.Sources || other.Name == "system":
			query[other.Name] = value
		}
	}
	about := ""
	if query["account"] != "" {
		var found foundAccounts
		found, about = b.lookUp(ctx, d, query)
		if field.Complete == schemas.Accounts {
			out.Options = accountOptions(found)
		} else {
			out.Options = sourceOptions(found, typed, query["account"] != typed)
		}
	}
	if o := typedOption(typed, about); o != nil {
		out.Options = append(out.Options, o)
	}
	for len(out.Options) > 0 && !acknowledgeable(out) {
		out.Options = out.Options[1:] // what was typed stays
	}
	return out
}

// lookUp asks for accounts as the person who types may, and not for long. about says how that went, in a few words.
func (b *Bot) lookUp(ctx context.Context, d delivery, query map[string]string) (found foundAccounts, about string) {
	ctx, cancel := context.WithTimeout(ctx, suggestWithin)
	defer cancel()
	defer b.supersede(d.User+" "+d.View.ID+" "+d.Action, cancel)()
	select {
	case b.lookups <- struct{}{}:
		defer func() { <-b.lookups }()
	default:
		return found, slowly
	}
	type result struct {
		asked executor.Asked
		err   error
	}
	done := make(chan result, 1)
	go func() { // what is asked may not listen to its deadline
		var r result
		if incident := b.guard("slack: looking up failed", func() { r.asked, r.err = b.findAccounts(ctx, d, query) }); incident != "" {
			r.err = fault.New(fault.Internal, "incident "+incident)
		}
		done <- r
	}()
	select {
	case <-ctx.Done():
		return found, slowly
	case r := <-done:
		return read(r.asked, r.err)
	}
}

const (
	slowly  = "As typed; looking it up took too long"
	nothing = "As typed; nothing found begins with it"
	broken  = "As typed; it could not be looked up now"
	more    = "There are more; go on typing"
)

func read(asked executor.Asked, err error) (found foundAccounts, about string) {
	switch {
	case fault.Is(err, fault.Denied):
		return found, "As typed; you may not look this up"
	case err != nil || asked.Answer == nil:
		return found, broken
	}
	raw, err := json.Marshal(asked.Answer.Data)
	if err == nil {
		err = json.Unmarshal(raw, &found)
	}
	switch {
	case err != nil:
		return foundAccounts{}, broken
	case len(found.Accounts) == 0:
		return found, nothing
	case found.More:
		return found, more
	}
	return found, ""
}

// findAccounts asks find_accounts, with those of the words that it has fields for.
func (b *Bot) findAccounts(ctx context.Context, d delivery, query map[string]string) (executor.Asked, error) {
	op, known := b.operation(findOperation)
	if !known {
		return executor.Asked{}, fault.New(fault.NotFound, "There is nothing here that finds accounts.")
	}
	input := map[string]any{"limit": suggestMost}
	for name, value := range query {
		input[name] = value
	}
	for name := range input {
		if _, has := op.Input.Field(name); !has {
			delete(input, name)
		}
	}
	raw, err := json.Marshal(input)
	if err != nil {
		return executor.Asked{}, err
	}
	return b.exec.AskOnce(ctx, "", op.Name, raw, b.slack.actor(d))
}

// supersede ends what the same person looked up in the same field before: they have typed on.
func (b *Bot) supersede(who string, cancel context.CancelFunc) (over func()) {
	mine := &cancel
	b.mu.Lock()
	defer b.mu.Unlock()
	if before := b.typing[who]; before != nil {
		(*before)()
	}
	b.typing[who] = mine
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.typing[who] == mine {
			delete(b.typing, who)
		}
	}
}

// accountOptions shows what tells accounts apart: login, name, source and status. Two that look the same show their ids.
func accountOptions(found foundAccounts) []*slack.OptionBlockObject {
	out := []*slack.OptionBlockObject{}
	seen := map[string]bool{}
	for _, a := range found.Accounts[:min(len(found.Accounts), suggestMost)] {
		if a.ID == "" || utf8.RuneCountInString(a.ID) > maxOptionValue {
			continue // no option can stand for it; it can be typed
		}
		name := a.DisplayName
		if name == "" {
			name = a.Identity
		}
		text, under := pair(a.Name, " – ", name), pair(a.Source, ", ", a.Status)
		if seen[text+"\n"+under] {
			under = pair("id "+a.ID, ", ", a.Status)
		}
		seen[text+"\n"+under] = true
		out = append(out, described(a.ID, text, under))
	}
	return out
}

// sourceOptions gives the sources on which accounts were found; those whose name has what was typed when the accounts were not
// found by that.
func sourceOptions(found foundAccounts, typed string, narrow bool) []*slack.OptionBlockObject {
	out := []*slack.OptionBlockObject{}
	seen := map[string]bool{}
	for _, a := range found.Accounts {
		id := a.SourceID
		if id == "" || utf8.RuneCountInString(id) > maxOptionValue {
			id = a.Source
		}
		switch {
		case id == "" || utf8.RuneCountInString(id) > maxOptionValue || seen[id]:
			continue
		case narrow && !strings.Contains(strings.ToLower(a.Source), strings.ToLower(typed)):
			continue
		}
		seen[id] = true
		out = append(out, described(id, pair(a.Source, "", ""), pair("has "+a.Name, ", ", a.Status)))
	}
	return out
}

func described(id, text, under string) *slack.OptionBlockObject {
	if text == "" {
		text = pair(id, "", "")
	}
	o := slack.NewOptionBlockObject(id, slack.NewTextBlockObject(slack.PlainTextType, text, false, false), nil)
	if under != "" {
		o.Description = slack.NewTextBlockObject(slack.PlainTextType, under, false, false)
	}
	return o
}

// pair shows two texts in the room of an option. A text that is cut says how long it is.
func pair(first, between, second string) string {
	whole := visible(first)
	if second != "" {
		whole += between + visible(second)
	}
	if utf8.RuneCountInString(whole) <= maxOption {
		return whole
	}
	room := maxOption
	if second != "" {
		room = (maxOption - utf8.RuneCountInString(between)) / 2
	}
	out := squeezed(first, room)
	if second != "" {
		out += between + squeezed(second, maxOption-utf8.RuneCountInString(out+between))
	}
	return out
}

// squeezed shows a text in so many characters: its beginning, and how many there are when that is not all.
func squeezed(s string, most int) string {
	if utf8.RuneCountInString(visible(s)) <= most {
		return visible(s)
	}
	tail := fmt.Sprintf("…(%d)", utf8.RuneCountInString(s))
	shown, _ := visibleTo(s, most-utf8.RuneCountInString(tail))
	return shown + tail
}
