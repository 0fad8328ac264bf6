package slackbot

import (
	"cmp"
	"fmt"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// maxName is how many characters of a name stand in a list; one that is longer says so.
const maxName = 80

// home is somebody's Home tab: what they asked for, what waits for them, and what was decided lately. It is drawn from the
// record only. links are the addresses of requests by id.
func (b *Bot) home(d executor.Desk, links map[string]string) slack.HomeTabViewRequest {
	for _, shown := range [][]executor.Request{d.Waiting, d.Mine, d.Decided} {
		for i := range shown {
			shown[i] = b.counted(shown[i])
		}
	}
	unsure := ""
	if d.Unsure {
		unsure = "Slack could not be asked who may decide, so this list may lack some. Cards wait in " + b.slack.Where() + "."
	}
	var blocks []slack.Block
	blocks = append(blocks, list("Waiting for me", "Nothing waits for your decision.", unsure, d.Waiting, d.WaitingCount, links)...)
	blocks = append(blocks, list("My requests", "You have no open requests.", "", d.Mine, d.MineCount, links)...)
	blocks = append(blocks, list("Recently decided", "Nothing yet.", "", d.Decided, d.DecidedCount, links)...)
	blocks = append(blocks, slack.NewDividerBlock())
	blocks = append(blocks, richBlocks(paragraph(words("Decisions are made on the cards. To ask for something, type "), value("/account"),
		words("; "), value("/account help"), words(" shows how, and "), value("/account requests"), words(" lists everything you asked for.")))...)
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
}

// list is one list of a Home tab, with how many more there are.
func list(title, none, unsure string, requests []executor.Request, count int, links map[string]string) []slack.Block {
	blocks := []slack.Block{slack.NewHeaderBlock(plainText(title))}
	var items [][]span
	for _, r := range requests {
		items = append(items, row(r, links[r.ID]))
	}
	switch {
	case len(items) > 0:
		blocks = append(blocks, richBlocks(bullets(items...))...)
	case unsure == "":
		blocks = append(blocks, note(none))
	}
	if more := count - len(requests); more > 0 {
		blocks = append(blocks, note(fmt.Sprintf("… and %d more.", more)))
	}
	if unsure != "" {
		blocks = append(blocks, note(unsure))
	}
	return blocks
}

// row is one request: what, on which account, who asked, where it stands, since when, and where its card is.
func row(r executor.Request, link string) []span {
	a := r.Plan.Account
	out := join(bold(r.Title), words(" "), value(beginning(a.Name, maxName)))
	if a.Source != "" {
		out = join(out, words(" on "), value(beginning(a.Source, maxName)))
	}
	out = join(out, words(", asked by "), someone(r.By), words("\n"+standing(r)))
	if doubtful := cmp.Or(doubt(a.Name), doubt(a.Source)); doubtful != "" {
		out = join(out, words(" ⚠ Look closely: a name here "+doubtful+"."))
	}
	out = join(out, words(" · "), date(r.UpdatedAt))
	if link != "" {
		out = join(out, words(" · "), []span{slack.NewRichTextSectionLinkElement(link, "Open the card", nil)})
	}
	return out
}
