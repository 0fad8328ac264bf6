package fakeisc

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// person is somebody whom the tenant knows as an identity. On says where they have accounts, by letters.
type person struct {
	login, display, number, department, title, manager, on string
	state                                                  string // d disabled, l locked: of the accounts on Corporate AD
}

// people are the sandbox's people. Two are called John Smith.
var people = []person{
	{login: "helena.brandt", display: "Helena Brandt", number: "100001", department: "Board", title: "Chief Executive", on: "AWS"},
	{login: "amara.okafor", display: "Amara Okafor", number: "100012", department: "IT", title: "Head of Identity", manager: "helena.brandt", on: "AWPS"},
	{login: "sven.lindqvist", display: "Sven Lindqvist", number: "100019", department: "IT", title: "Platform Lead", manager: "amara.okafor", on: "AWS"},
	{login: "riley.park", display: "Riley Park", number: "100027", department: "IT", title: "Help Desk Analyst", manager: "amara.okafor", on: "AWS"},
	{login: "bao.tran", display: "Bao Tran", number: "100031", department: "Sales", title: "Account Manager", manager: "lucia.moretti", on: "AWS"},
	{login: "gus.weber", display: "Gus Weber", number: "900004", department: "Contractors", title: "Consultant", manager: "sven.lindqvist", on: "A"},
	{login: "priya.raman", display: "Priya Raman", number: "100033", department: "IT", title: "Help Desk Analyst", manager: "amara.okafor", on: "AW"},
	{login: "accountops.bot", display: "Accountops Integration", number: "990001", department: "IT", title: "Integration", manager: "amara.okafor", on: ""},
	{login: "jane.doe", display: "Jane Doe", number: "100234", department: "Finance", title: "Senior Controller", manager: "mei.tanaka", on: "AWFPS"},
	{login: "john.smith", display: "John Smith", number: "100240", department: "Finance", title: "Accountant", manager: "mei.tanaka", on: "AWF"},
	{login: "john.smith2", display: "John Smith", number: "100871", department: "Sales", title: "Sales Engineer", manager: "lucia.moretti", on: "AWS"},
	{login: "mei.tanaka", display: "Mei Tanaka", number: "100044", department: "Finance", title: "Finance Director", manager: "helena.brandt", on: "AWFP"},
	{login: "lucia.moretti", display: "Lucia Moretti", number: "100046", department: "Sales", title: "Sales Director", manager: "helena.brandt", on: "AWS"},
	{login: "tomas.novak", display: "Tomáš Novák", number: "100251", department: "Finance", title: "Payroll Specialist", manager: "mei.tanaka", on: "AWFP"},
	{login: "aisha.bello", display: "Aisha Bello", number: "100260", department: "People", title: "HR Partner", manager: "ingrid.dahl", on: "AWPL"},
	{login: "ingrid.dahl", display: "Ingrid Dahl", number: "100049", department: "People", title: "People Director", manager: "helena.brandt", on: "AWPL"},
	{login: "omar.haddad", display: "Omar Haddad", number: "100277", department: "Engineering", title: "Staff Engineer", manager: "kofi.mensah", on: "AW"},
	{login: "kofi.mensah", display: "Kofi Mensah", number: "100050", department: "Engineering", title: "Engineering Director", manager: "helena.brandt", on: "AW"},
	{login: "sofia.garcia", display: "Sofía García", number: "100281", department: "Engineering", title: "Site Reliability Engineer", manager: "kofi.mensah", on: "AW"},
	{login: "liam.oconnor", display: "Liam O'Connor", number: "100288", department: "Sales", title: "Account Executive", manager: "lucia.moretti", on: "AWS", state: "l"},
	{login: "yuki.sato", display: "佐藤 由紀", number: "100290", department: "Sales", title: "Account Executive", manager: "lucia.moretti", on: "AWS"},
	{login: "olga.petrova", display: "Ольга Петрова", number: "100301", department: "Engineering", title: "QA Engineer", manager: "kofi.mensah", on: "AW"},
	{login: "noah.fischer", display: "Noah Fischer", number: "100305", department: "Engineering", title: "Backend Engineer", manager: "kofi.mensah", on: "AW", state: "d"},
	{login: "fatima.zahra", display: "Fatima Zahra El Idrissi", number: "100310", department: "People", title: "Recruiter", manager: "ingrid.dahl", on: "AWL"},
	{login: "marek.kowalski", display: "Marek Kowalski", number: "100317", department: "Finance", title: "Treasury Analyst", manager: "mei.tanaka", on: "AWF"},
	{login: "chloe.dubois", display: "Chloé Dubois", number: "100322", department: "Marketing", title: "Brand Manager", manager: "lucia.moretti", on: "AWS"},
	{login: "raj.patel", display: "Raj Patel", number: "100328", department: "Engineering", title: "Data Engineer", manager: "kofi.mensah", on: "AW"},
	{login: "emma.larsen", display: "Emma Larsen", number: "100333", department: "Marketing", title: "Content Editor", manager: "chloe.dubois", on: "AWS"},
	{login: "diego.fernandez", display: "Diego Fernández", number: "100339", department: "Sales", title: "Sales Operations", manager: "lucia.moretti", on: "AWS"},
	{login: "hannah.cohen", display: "Hannah Cohen", number: "100345", department: "Legal", title: "Counsel", manager: "helena.brandt", on: "AW"},
	{login: "samuel.osei", display: "Samuel Osei", number: "100352", department: "Finance", title: "Accounts Payable", manager: "mei.tanaka", on: "AWF"},
	{login: "anna.kowalczyk", display: "Anna Kowalczyk-Wiśniewska", number: "100358", department: "People", title: "Payroll Administrator", manager: "ingrid.dahl", on: "AWPL"},
	{login: "david.kim", display: "David Kim", number: "100361", department: "Engineering", title: "Frontend Engineer", manager: "kofi.mensah", on: "AW"},
	{login: "grace.mbeki", display: "Grace Mbeki", number: "100370", department: "Legal", title: "Compliance Officer", manager: "hannah.cohen", on: "AW"},
	{login: "peter.jansen", display: "Peter Jansen", number: "100374", department: "Finance", title: "Controller", manager: "mei.tanaka", on: "AWFL", state: "d"},
	{login: "nadia.rahman", display: "Nadia Rahman", number: "100380", department: "Marketing", title: "Events", manager: "chloe.dubois", on: "AWS"},
	{login: "victor.lima", display: "Victor Lima", number: "100386", department: "Engineering", title: "Security Engineer", manager: "sven.lindqvist", on: "AW"},
	{login: "elin.berg", display: "Elin Berg", number: "100390", department: "Sales", title: "Inside Sales", manager: "lucia.moretti", on: "AWS"},
	{login: "carlos.mendes", display: "Carlos Mendes", number: "100397", department: "Finance", title: "Auditor", manager: "mei.tanaka", on: "AWFP"},
	{login: "zoe.papadakis", display: "Zoë Papadakis", number: "100402", department: "People", title: "Learning", manager: "ingrid.dahl", on: "AWL"},
	{login: "ben.archer", display: "Ben Archer", number: "900011", department: "Contractors", title: "Auditor", manager: "carlos.mendes", on: "AF", state: "l"},
}

const mailDomain = "@acme.example"

func (p person) mail() string { return p.login + mailDomain }

// names gives the first and the last name.
func (p person) names() (first, last string) {
	first, last, _ = strings.Cut(p.display, " ")
	return first, last
}

// identityID makes an id of 32 hex characters that is always the same for the same thing.
func identityID(of string) string {
	sum := sha256.Sum256([]byte("sandbox/" + of))
	return hex.EncodeToString(sum[:16])
}

// identityOf gives the identity of a person, by login; nil when there is none.
func identityOf(login string) *ref {
	i := slices.IndexFunc(people, func(p person) bool { return p.login == login })
	if i < 0 {
		return nil
	}
	return &ref{Type: "IDENTITY", ID: identityID("identity/" + login), Name: people[i].display}
}

// personBy correlates attributes with a person, by e-mail or employee number.
func personBy(values map[string]string) *ref {
	for _, p := range people {
		for _, v := range values {
			if v == p.number || strings.EqualFold(v, p.mail()) {
				return identityOf(p.login)
			}
		}
	}
	return nil
}
