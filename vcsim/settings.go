package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// hook says in which phases a method that vcsim has is shown to the laboratory.
type hook struct {
	before, after bool
	replaced      bool // "call": vcsim's own method never runs, the call is delegated as if vcsim lacked it
}

const (
	hookPrefix      = "vcsim.hook."
	deadlineKey     = "vcsim.deadline"
	defaultDeadline = 30 * time.Second
)

// settings are the options that steer the extension.
type settings struct {
	mu       *sync.RWMutex
	hooks    map[string]hook
	deadline *time.Duration
}

func newSettings() settings {
	deadline := defaultDeadline
	return settings{mu: new(sync.RWMutex), hooks: make(map[string]hook), deadline: &deadline}
}

func (s settings) hook(method string) hook {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.hooks[method]
}

// limit is how long a question other than a delegated task may take.
func (s settings) limit() time.Duration {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return *s.deadline
}

// change takes in one option; the error says what is wrong with its value.
func (s settings) change(key string, value any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Sprint(value)
	if method, ok := strings.CutPrefix(key, hookPrefix); ok {
		h, err := parseHook(text)
		if err != nil {
			return err
		}
		s.hooks[method] = h
	}
	if key == deadlineKey {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || seconds <= 0 {
			return fmt.Errorf("%q is no number of seconds above 0", text)
		}
		*s.deadline = time.Duration(seconds * float64(time.Second))
	}
	return nil
}

func parseHook(text string) (hook, error) {
	var h hook
	for _, word := range strings.Split(text, ",") {
		switch strings.TrimSpace(word) {
		case "before":
			h.before = true
		case "after":
			h.after = true
		case "call":
			h.replaced = true
		case "":
		default:
			return hook{}, fmt.Errorf("%q is none of before, after, call", word)
		}
	}
	if h.replaced && (h.before || h.after) {
		return hook{}, fmt.Errorf("%q: call stands alone, there is nothing to be before or after", text)
	}
	return h, nil
}
