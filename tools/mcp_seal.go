package tools

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"accountops/internal/executor"
)

// questionLife is how long a question may be answered.
const questionLife = 10 * time.Minute

// question is what was asked of a requester, as it travels through their client and back. It carries no decision: whatever comes of it
// is still to be asked for, and approved by somebody else.
type question struct {
	Principal executor.Principal `json:"p"`
	Tool      string             `json:"t"`
	Digest    [sha256.Size]byte  `json:"d"` // of the call's arguments
	Expires   time.Time          `json:"e"`
	Nonce     string             `json:"n"`
	Field     string             `json:"f"`           // the argument that is asked for
	Offered   []string           `json:"o,omitempty"` // the answers that there are
	Answers   map[string]string  `json:"a,omitempty"` // to the questions before
}

// questions seals questions, so that a client can neither read nor write them, and takes each back once. Only the process that sealed
// one can open it; anywhere else, and after a restart, the call is simply made again.
type questions struct {
	aead cipher.AEAD
	now  func() time.Time

	mu   sync.Mutex
	used map[string]time.Time // by nonce, until when it would be good
}

func newQuestions(now func() time.Time) (*questions, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // crypto/rand never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &questions{aead: aead, now: now, used: map[string]time.Time{}}, nil
}

// seal gives a question as opaque text.
func (q *questions) seal(asked question) (string, error) {
	asked.Nonce, asked.Expires = rand.Text(), q.now().Add(questionLife)
	raw, err := json.Marshal(asked)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(q.aead.Seal(nil, nil, raw, nil)), nil
}

// errNoQuestion says that a state is no question of ours to this caller about this call, or was answered before.
var errNoQuestion = errors.New("no such question")

// open takes a question back, once.
func (q *questions) open(state string, by executor.Principal, tool string, digest [sha256.Size]byte) (question, error) {
	var asked question
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(state)
	if err != nil {
		return asked, errNoQuestion
	}
	raw, err := q.aead.Open(nil, nil, sealed, nil)
	if err != nil || json.Unmarshal(raw, &asked) != nil {
		return asked, errNoQuestion
	}
	now := q.now()
	if asked.Principal != by || asked.Tool != tool || asked.Digest != digest || !now.Before(asked.Expires) {
		return asked, errNoQuestion
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for nonce, until := range q.used {
		if !now.Before(until) {
			delete(q.used, nonce)
		}
	}
	if _, before := q.used[asked.Nonce]; before {
		return asked, errNoQuestion
	}
	q.used[asked.Nonce] = asked.Expires
	return asked, nil
}

// digestOf gives the same for the same arguments, however they are written down.
func digestOf(input json.RawMessage) [sha256.Size]byte {
	var value map[string]json.RawMessage
	if json.Unmarshal(input, &value) != nil {
		return sha256.Sum256(input)
	}
	for name, member := range value {
		var plain any
		if json.Unmarshal(member, &plain) == nil {
			value[name], _ = json.Marshal(plain) // what was read from JSON always marshals
		}
	}
	raw, _ := json.Marshal(value) // likewise; names are sorted
	return sha256.Sum256(raw)
}
