package slackemu

// Seed is who and what is in the workspace when it is first opened.
type Seed struct {
	Team     Team
	App      App
	People   []Person
	Channels []Channel
	Groups   []Group
}

// Team is the workspace itself.
type Team struct{ ID, Name, Domain string }

// App is the one app that is installed, as its manifest would describe it.
type App struct {
	ID, BotID, BotUser, BotName string
	BotToken, AppToken          string
	Commands                    []Command
	Events                      []string   // bot events it is subscribed to, such as app_mention
	Shortcuts                   []Shortcut // message and global shortcuts
	HomeTab, MessagesTab        bool       // whether it has a Home tab, and takes direct messages
	SigningSecret               string     // signs what goes to its request URLs, until another one takes its place
	HTTP                        *HTTPMode  // nil is Socket Mode
}

// Command is a slash command of the app.
type Command struct {
	Name         string `json:"name"` // with the slash
	Description  string `json:"description"`
	UsageHint    string `json:"usage_hint"`
	ShouldEscape bool   `json:"should_escape"` // mentions and links in the text arrive as <@U…|name> and <url>
}

// Shortcut is an entry in Slack's shortcut menus. Type is "message" or "global".
type Shortcut struct {
	Name       string `json:"name"`
	CallbackID string `json:"callback_id"`
	Type       string `json:"type"`
}

// Person is somebody in the workspace. A bot has IsBot; a guest IsRestricted.
type Person struct {
	ID                string `json:"id"`
	TeamID            string `json:"team_id,omitempty"` // another team's for external people; ours when empty
	Name              string `json:"name"`
	RealName          string `json:"real_name"`
	Email             string `json:"email,omitempty"`
	Title             string `json:"title,omitempty"`
	Role              string `json:"role,omitempty"` // the sandbox's own word: requester, approver, …
	IsBot             bool   `json:"is_bot,omitempty"`
	IsRestricted      bool   `json:"is_restricted,omitempty"`
	IsUltraRestricted bool   `json:"is_ultra_restricted,omitempty"`
	IsStranger        bool   `json:"is_stranger,omitempty"`
	Deleted           bool   `json:"deleted,omitempty"`
}

// Channel is a public or private channel. Members are ids of people; the app is a member with its bot user's id.
type Channel struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Purpose    string   `json:"purpose"`
	IsPrivate  bool     `json:"is_private,omitempty"`
	IsArchived bool     `json:"is_archived,omitempty"`
	Deleted    bool     `json:"deleted,omitempty"` // gone for everybody, with all that was said in it
	Members    []string `json:"members"`
}

// Group is a user group. A group that is locked or comes from the identity provider cannot be edited by members.
type Group struct {
	ID                  string   `json:"id"`
	Name                string   `json:"name"`
	Handle              string   `json:"handle"`
	Description         string   `json:"description"`
	Users               []string `json:"users"`
	IsIDPGroup          bool     `json:"is_idp_group"`
	IsMembershipLocked  bool     `json:"is_membership_locked"`
	IsEditingRestricted bool     `json:"is_editing_restricted"`
	Disabled            bool     `json:"disabled,omitempty"`
}

// DefaultScopes are what the sandbox's app may do unless its manifest is given.
func DefaultScopes() []string {
	return []string{
		"commands", "chat:write", "users:read", "users:read.email", "usergroups:read",
		"channels:read", "groups:read", "channels:history", "groups:history", "im:history", "im:write", "app_mentions:read",
	}
}

// DefaultSeed is the sandbox's workspace: five people, three channels, one group of approvers and one app.
func DefaultSeed() Seed {
	everybody := []string{"U0REQUESTER", "U0APPROVER1", "U0APPROVER2", "U0BYSTANDER", "U0GUEST0001"}
	withBot := append([]string{"U0ACCTBOT1"}, everybody...)
	return Seed{
		Team: Team{ID: "T0ACCTOPS", Name: "Accountops Sandbox", Domain: "accountops-sandbox"},
		App: App{
			ID: "A0ACCTOPS1", BotID: "B0ACCTOPS1", BotUser: "U0ACCTBOT1", BotName: "accountops",
			BotToken: "xoxb-sandbox", AppToken: "xapp-sandbox", SigningSecret: "sandbox-signing-secret",
			HomeTab: true, MessagesTab: true,
			Commands: []Command{{
				Name: "/account", Description: "Ask for something to be done to an account",
				UsageHint: "remove jane.doe reason=\"left on Friday\"", ShouldEscape: true,
			}},
		},
		People: []Person{
			{ID: "U0REQUESTER", Name: "riley.park", RealName: "Riley Park", Role: "requester", Title: "Help desk"},
			{ID: "U0APPROVER1", Name: "amara.okafor", RealName: "Amara Okafor", Role: "approver", Title: "Identity team"},
			{ID: "U0APPROVER2", Name: "sven.lindqvist", RealName: "Sven Lindqvist", Role: "second_approver", Title: "Identity team"},
			{ID: "U0BYSTANDER", Name: "bao.tran", RealName: "Bao Tran", Role: "bystander", Title: "Finance"},
			{ID: "U0GUEST0001", Name: "gus.weber", RealName: "Gus Weber", Role: "guest", Title: "Contractor", IsRestricted: true},
		},
		Channels: []Channel{
			{ID: "C0APPROVALS", Name: "identity-approvals", Purpose: "Requests that need somebody's approval", Members: withBot},
			{ID: "C0HELPDESK1", Name: "help-desk", Purpose: "Where people ask for help with accounts", Members: withBot},
			{ID: "C0GENERAL01", Name: "general", Purpose: "Company-wide announcements", Members: everybody},
		},
		Groups: []Group{{
			ID: "S0APPROVERS", Name: "Identity approvers", Handle: "identity-approvers",
			Description: "May approve requests", Users: []string{"U0APPROVER1", "U0APPROVER2"},
			IsIDPGroup: true, IsMembershipLocked: true,
		}},
	}
}

// seedDomain is that of the addresses which the sandbox's identity systems know its people by.
const seedDomain = "@acme.example"

// sow puts the seed into the workspace; what lies on the disk is laid over it by load.
func (w *Workspace) sow() {
	seed := w.cfg.Seed
	bot := Person{ID: seed.App.BotUser, Name: seed.App.BotName, RealName: seed.App.BotName, IsBot: true}
	for _, p := range append(append([]Person(nil), seed.People...), bot) {
		if p.Email == "" && !p.IsBot {
			p.Email = p.Name + seedDomain
		}
		if p.TeamID == "" {
			p.TeamID = seed.Team.ID
		}
		w.people[p.ID] = p
		w.order = append(w.order, p.ID)
	}
	for _, c := range seed.Channels {
		w.addChannel(&channel{Channel: c})
	}
	w.groups = append([]Group(nil), seed.Groups...)
}
