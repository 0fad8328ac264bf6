package schemas

import "encoding/json"

// Words is a slash command's text: a verb and the words after it.
type Words struct {
	Verb string
	Rest []Word
}

// Word is one word: a value, and the key before its "=" where there is one.
type Word struct {
	Key, Value string
}

// ParseWords reads what a person typed after a slash command. Straight and smart quotes, key=value, <mailto:a|b> and <@U…|x>
// are understood. A fault.Invalid says where it stops making sense.
func ParseWords(text string) (Words, error) { return Words{}, nil }

// FromWords makes an input of words: key=value fills the field of that name, a lone word fills the first field (or sets a
// boolean of that name to true). A fault.Invalid names the unknown field and lists the valid ones. Missing fields are not
// its business: Decode reports them.
func (s Schema) FromWords(words []Word) (json.RawMessage, error) { return nil, nil }
