// Package disk keeps the sandbox's world in one file, so that it survives the end of the process, kill -9 included.
package disk

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// Disk is a set of named buckets of JSON values. It is safe for concurrent use.
type Disk struct{ db *bbolt.DB }

// Open opens or makes the world in dir. It refuses a directory that another process is using.
func Open(dir string) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	// NoSync: a write survives the process, which is all the sandbox promises; only a power cut could lose it.
	db, err := bbolt.Open(filepath.Join(dir, "world.db"), 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("another sandbox is using %s: stop it, or give another --data", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's world in %s: %w", dir, err)
	}
	return &Disk{db: db}, nil
}

// Close ends all use of it.
func (d *Disk) Close() error { return d.db.Close() }

// Put stores v as JSON under key.
func (d *Disk) Put(bucket, key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("store %s/%s: %w", bucket, key, err)
	}
	return d.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), raw)
	})
}

// Delete removes key; a missing key is no error.
func (d *Disk) Delete(bucket, key string) error {
	return d.db.Update(func(tx *bbolt.Tx) error {
		if b := tx.Bucket([]byte(bucket)); b != nil {
			return b.Delete([]byte(key))
		}
		return nil
	})
}

// Each calls f with every value of a bucket, in the order of the keys.
func Each[T any](d *Disk, bucket string, f func(key string, v T)) error {
	return d.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, raw []byte) error {
			var v T
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("read %s/%s: %w", bucket, k, err)
			}
			f(string(k), v)
			return nil
		})
	})
}

// Get reads the value under key into v and tells whether there is one.
func (d *Disk) Get(bucket, key string, v any) (bool, error) {
	found := false
	err := d.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		raw := b.Get([]byte(key))
		if raw == nil {
			return nil
		}
		found = true
		return json.Unmarshal(raw, v)
	})
	return found, err
}
