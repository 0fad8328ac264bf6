package slackemu

import "slices"

// maxEphemerals is how many ephemerals one person's client shows; the oldest go first.
const maxEphemerals = 200

// whisper shows a message to one person, in memory only. The caller holds the lock.
func (w *Workspace) whisper(m *message) *message {
	m.TS = w.nextTS()
	list := w.ephemerals[m.OnlyFor]
	if len(list) >= maxEphemerals {
		list = slices.Clone(list[1:])
	}
	w.ephemerals[m.OnlyFor] = append(list, m)
	w.changed(Change{Kind: "ephemeral", Channel: m.Channel, User: m.OnlyFor, TS: m.TS, ThreadTS: m.ThreadTS})
	return m
}

// slackbotSays shows one person Slack's own words.
func (w *Workspace) slackbotSays(channelID, user, thread, text string) *message {
	return w.whisper(&message{
		Channel: channelID, User: "USLACKBOT", Slackbot: true, Text: text, ThreadTS: thread, OnlyFor: user,
	})
}

// whispered finds an ephemeral by its ts.
func (w *Workspace) whispered(user, ts string) *message {
	for _, m := range w.ephemerals[user] {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

func (w *Workspace) rewhisper(next *message) {
	list := w.ephemerals[next.OnlyFor]
	i := slices.IndexFunc(list, func(m *message) bool { return m.TS == next.TS })
	if i < 0 {
		return
	}
	list = slices.Clone(list)
	list[i] = next
	w.ephemerals[next.OnlyFor] = list
	w.changed(Change{Kind: "ephemeral", Channel: next.Channel, User: next.OnlyFor, TS: next.TS})
}

func (w *Workspace) unwhisper(gone *message) {
	w.ephemerals[gone.OnlyFor] = slices.DeleteFunc(slices.Clone(w.ephemerals[gone.OnlyFor]), func(m *message) bool {
		return m.TS == gone.TS
	})
	w.changed(Change{Kind: "ephemeral", Channel: gone.Channel, User: gone.OnlyFor, TS: gone.TS})
}

// Reload is what happens when somebody reloads Slack's client: ephemerals and open modals are gone.
func (w *Workspace) Reload(user string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.ephemerals, user)
	w.dropModals(user)
	w.changed(Change{Kind: "ephemeral", User: user})
}
