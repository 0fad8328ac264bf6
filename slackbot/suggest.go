package slackbot

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/schemas"
)

const (
	findOperation = "find_accounts"        // asked for what there is to choose from; its fields are in schemas/find_accounts.*.json
	suggestWithin = 850 * time.Millisecond // with the way to Slack and back, an answer comes within a second
	suggestAtOnce = 16                     // look-ups; below accepting, so that they never keep a click waiting
	suggestMost   = 20                     // options
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
	query := map[string]string{}
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
	got := b.lookUp(ctx, d, func(ctx context.Context) suggested {
		if field.Complete == schemas.Sources {
			return b.suggestSources(ctx, d, typed, query)
		}
		return b.suggestAccounts(ctx, d, typed, query)
	})
	out.Options = append(out.Options, got.options[:min(len(got.options), suggestMost)]...)
	if o := typedOption(typed, got.about); o != nil {
		out.Options = append(out.Options, o)
	}
	for len(out.Options) > 0 && !acknowledgeable(out) {
		out.Options = out.Options[1:] // what was typed stays
	}
	return out
}

// suggested is what a look-up came to. about says how it went, in a few words.
type suggested struct {
	options []*slack.OptionBlockObject
	about   string
}

// lookUp asks for what there is, and not for long.
func (b *Bot) lookUp(ctx context.Context, d delivery, ask func(context.Context) suggested) suggested {
	ctx, cancel := context.WithTimeout(ctx, suggestWithin)
	defer cancel()
	defer b.supersede(d.User+" "+d.View.ID+" "+d.Action, cancel)()
	select {
	case b.lookups <- struct{}{}:
		defer func() { <-b.lookups }()
	default:
		return suggested{about: slowly}
	}
	done := make(chan suggested, 1)
	go func() { // what is asked may not listen to its deadline
		got := suggested{about: broken}
		b.guard("slack: looking up failed", func() { got = ask(ctx) })
		done <- got
	}()
	select {
	case <-ctx.Done():
		return suggested{about: slowly}
	case got := <-done:
		return got
	}
}

// suggestAccounts offers the accounts that begin with what was typed.
func (b *Bot) suggestAccounts(ctx context.Context, d delivery, typed string, query map[string]string) suggested {
	if typed == "" {
		return suggested{}
	}
	query["account"] = typed
	found, about := read(b.findAccounts(ctx, d, query))
	return suggested{accountOptions(found), about}
}

// suggestSources offers the sources of the account that is named already, then those of the tenant that have in their name what was
// typed. Where nobody may list sources, an account that begins with what was typed still tells its own.
func (b *Bot) suggestSources(ctx context.Context, d delivery, typed string, query map[string]string) suggested {
	var theirs []*slack.OptionBlockObject
	wait := func() {}
	if query["account"] != "" {
		done := make(chan struct{})
		go func() { // beside the sources, since somebody is waiting
			defer close(done)
			b.guard("slack: looking up failed", func() {
				found, _ := read(b.findAccounts(ctx, d, query))
				theirs = sourceOptions(found, typed, true)
			})
		}()
		wait = func() { <-done }
	}
	found, err := b.exec.Sources(ctx, b.slack.actor(d), executor.SourceQuery{System: query["system"], Part: typed, Limit: suggestMost + 1})
	wait()
	unlisted := fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound)
	if unlisted && query["account"] == "" && typed != "" {
		query["account"] = typed
		found, _ := read(b.findAccounts(ctx, d, query))
		theirs = sourceOptions(found, typed, false)
	}
	got := suggested{options: joined(theirs, sourceNameOptions(found))}
	switch {
	case unlisted:
		got.about = unreadable
	case fault.Is(err, fault.Conflict):
		got.about = sourceless
	case err != nil:
		got.about = broken
	case len(found) > suggestMost:
		got.about = more
	case len(got.options) == 0:
		got.about = noSource
	}
	return got
}

const (
	slowly  = "As typed; looking it up took too long"
	nothing = "As typed; nothing found begins with it"
	broken  = "As typed; it could not be looked up now"
	tooMany = "As typed; too many to look through now"
	more    = "There are more; go on typing"

	noSource   = "As typed; no source has it in its name"
	sourceless = "As typed; this system has no sources"
	unreadable = "As typed; sources may not be read here"
)

func read(answer executor.Answer, err error) (found foundAccounts, about string) {
	switch {
	case fault.Is(err, fault.Denied):
		return found, "As typed; you may not look this up"
	case err != nil:
		return found, broken
	}
	raw, err := json.Marshal(answer.Data)
	if err == nil {
		err = json.Unmarshal(raw, &found)
	}
	switch {
	case err != nil:
		return foundAccounts{}, broken
	case len(found.Accounts) == 0 && found.More:
		return found, tooMany
	case len(found.Accounts) == 0:
		return found, nothing
	case found.More:
		return found, more
	}
	return found, ""
}

// findAccounts asks find_accounts, with those of the words that it has fields for.
func (b *Bot) findAccounts(ctx context.Context, d delivery, query map[string]string) (executor.Answer, error) {
	op, known := b.operation(findOperation)
	if !known {
		return executor.Answer{}, fault.New(fault.NotFound, "There is nothing here that finds accounts.")
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
		return executor.Answer{}, err
	}
	return b.exec.Glance(ctx, op.Name, raw, b.slack.actor(d))
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
