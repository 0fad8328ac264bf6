package slackbot

import (
	"strings"
	"testing"

	"accountops/internal/sandbox/slackemu"

	"github.com/stretchr/testify/require"
)

func TestGuestsAndOutsidersChangeNothingAndMayLook(t *testing.T) {
	t.Parallel()
	others := map[string]string{guest: "a guest", "U0ULTRA": "a guest", "U0STRANGER": "an external user", "U0EXTERN": "an external user"}
	w := newWorld(t, func(seed *slackemu.Seed) {
		for _, p := range []slackemu.Person{{ID: "U0ULTRA", IsUltraRestricted: true}, {ID: "U0STRANGER", IsStranger: true}, {ID: "U0EXTERN", TeamID: "T0OTHER"}} {
			p.Name = strings.ToLower(p.ID)
			seed.People = append(seed.People, p)
			for i := range seed.Channels {
				seed.Channels[i].Members = append(seed.Channels[i].Members, p.ID)
			}
		}
	})
	w.start()
	for user, why := range others {
		w.types(user, "disable jane.doe reason=left")
		w.until("they are told: "+user, func() bool {
			said := strings.Join(w.ephemerals(user), "\n")
			return strings.Contains(said, "You are "+why+" here, and only full members may ask for this. Nothing was changed.")
		})
		w.types(user, "find jane.doe")
		w.until("they find what they look for: "+user, func() bool { return strings.Contains(strings.Join(w.ephemerals(user), "\n"), "Two accounts.") })
	}
	require.Empty(t, w.sys.sends())
	w.types(requester, "disable jane.doe reason=left")
	w.until("a full member's is done", func() bool { return len(w.sys.sends()) == 1 })
}
