package slackemu

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"accountops/internal/sandbox/disk"
)

// The buckets on the disk. Ephemerals, triggers and sockets are not kept: they do not outlive Slack's client either.
const (
	bucketMessages = "slack.messages" // channel/ts → message
	bucketDirect   = "slack.direct"   // person → channel id
	bucketHooks    = "slack.hooks"    // secret → hook
	bucketViews    = "slack.views"    // view id → view
	bucketPeople   = "slack.people"   // person changed since the seed
	bucketGroups   = "slack.groups"   // group changed since the seed
	bucketChannels = "slack.channels" // channel changed since the seed
	bucketState    = "slack.state"    // last_ts, request_urls, signing_secret
)

// load lays what is on the disk over the seed.
func (w *Workspace) load() error {
	d := w.cfg.Disk
	_, err := d.Get(bucketState, "last_ts", &w.lastTS)
	_, errMode := d.Get(bucketState, "request_urls", &w.mode)
	_, errSigning := d.Get(bucketState, "signing_secret", &w.signing)
	err = errors.Join(err, errMode, errSigning,
		disk.Each(d, bucketChannels, func(_ string, c Channel) { w.putChannel(c) }),
		disk.Each(d, bucketDirect, w.putDirect),
		disk.Each(d, bucketMessages, func(_ string, m *message) {
			if c := w.channels[m.Channel]; c != nil {
				c.append(m) // the keys are in the order of ts
			}
		}),
		disk.Each(d, bucketHooks, func(secret string, h *hook) { w.hooks[secret] = h }),
		disk.Each(d, bucketViews, func(id string, v *view) { w.views[id] = v }),
		disk.Each(d, bucketPeople, func(_ string, p Person) { w.putPerson(p) }),
		disk.Each(d, bucketGroups, func(_ string, g Group) { w.putGroup(g) }),
	)
	if err != nil {
		return fmt.Errorf("read Slack's world: %w", err)
	}
	w.stackViews()
	return nil
}

func (w *Workspace) saveMessage(m *message) error {
	return w.cfg.Disk.Put(bucketMessages, m.Channel+"/"+m.TS, m)
}

func (w *Workspace) forget(m *message) error {
	return w.cfg.Disk.Delete(bucketMessages, m.Channel+"/"+m.TS)
}

func (w *Workspace) putDirect(person, id string) {
	w.direct[person] = id
	w.addChannel(&channel{
		Channel:    Channel{ID: id, IsPrivate: true, Members: []string{person, w.app.BotUser}},
		DirectWith: person,
	})
}

func (w *Workspace) putPerson(p Person) {
	if _, known := w.people[p.ID]; !known {
		w.order = append(w.order, p.ID)
	}
	w.people[p.ID] = p
}

func (w *Workspace) putGroup(g Group) {
	i := slices.IndexFunc(w.groups, func(have Group) bool { return have.ID == g.ID })
	if i < 0 {
		w.groups = append(w.groups, g)
		return
	}
	w.groups = slices.Clone(w.groups)
	w.groups[i] = g
}

// SetPerson adds or changes somebody: deactivates them, makes them a guest.
func (w *Workspace) SetPerson(p Person) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.TeamID == "" {
		p.TeamID = w.cfg.Seed.Team.ID
	}
	if err := w.cfg.Disk.Put(bucketPeople, p.ID, p); err != nil {
		return err
	}
	w.putPerson(p)
	w.changed(Change{Kind: "people", User: p.ID})
	return nil
}

// SetGroup adds or changes a user group.
func (w *Workspace) SetGroup(g Group) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.cfg.Disk.Put(bucketGroups, g.ID, g); err != nil {
		return err
	}
	w.putGroup(g)
	w.changed(Change{Kind: "groups"})
	return nil
}

// nextTS gives a message's id: the time in microseconds, never the same twice, not even across a restart.
func (w *Workspace) nextTS() string {
	w.lastTS = max(w.lastTS+1, w.now().UnixMicro())
	// A ts that was given out and not stored would be harmless; one that is given out twice would not.
	if err := w.cfg.Disk.Put(bucketState, "last_ts", w.lastTS); err != nil {
		w.cfg.Logger.Error("the last ts was not stored", "error", err)
	}
	return fmt.Sprintf("%d.%06d", w.lastTS/1_000_000, w.lastTS%1_000_000)
}

// newID gives an id in Slack's style: a letter and ten capitals or digits.
func (w *Workspace) newID(prefix string) string {
	return prefix + strings.ToUpper(secret(5))
}

// secret gives 2n hexadecimal characters nobody can guess.
func secret(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails, by its documentation
	return hex.EncodeToString(raw)
}
