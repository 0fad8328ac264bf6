package slackbot

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"accountops/internal/executor"
)

const (
	namesWithin = 600 * time.Millisecond // of the three seconds in which a form has to open
	mostNames   = 6                      // looked up for one message
)

var memberMark = regexp.MustCompile(`<@([A-Z0-9]+)(?:\|[^<>|]*)?>`)

// withNames is a message's text with people's names where it mentions them, and with who wrote it when that is somebody else than who
// uses it. A name that Slack does not tell soon is left out: the id says as much to who looks for it. Nothing of it mentions anybody.
func (b *Bot) withNames(ctx context.Context, d delivery) string {
	if d.Text == "" {
		return ""
	}
	users := []string{d.Author}
	for _, m := range memberMark.FindAllStringSubmatch(d.Text, -1) {
		users = append(users, m[1])
	}
	names := b.namesOf(ctx, users)
	text := memberMark.ReplaceAllStringFunc(d.Text, func(mark string) string {
		if name := names[memberMark.FindStringSubmatch(mark)[1]]; name != "" {
			return "@" + name
		}
		return mark
	})
	if name := names[d.Author]; name != "" && d.Author != d.User {
		return name + " wrote: " + text
	}
	return text
}

// namesOf gives the names of members as they stand in a message's text, as far as they are told soon.
func (b *Bot) namesOf(ctx context.Context, users []string) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	asked, names := map[string]bool{"": true}, map[string]string{}
	for _, user := range users {
		if asked[user] || len(asked) > mostNames {
			continue
		}
		asked[user] = true
		wg.Go(func() {
			person, err := b.slack.people.Person(ctx, executor.SlackPrincipal(b.slack.team, user))
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			names[user] = asTyped.Replace(strings.Join(strings.Fields(person.Name), " "))
		})
	}
	wg.Wait()
	return names
}

// asTyped writes a text as Slack writes what people type, so that it is read back as it is.
var asTyped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
