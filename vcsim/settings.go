package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/json"
)

// hook says in which phases a method that vcsim has is shown to the laboratory.
type hook struct {
	before, after bool
	replaced      bool // "call": vcsim's own method never runs, the call is delegated as if vcsim lacked it
}

const (
	// hookKey is the order to hook methods: {"PowerOnVM_Task": "before,after", ...}. With "" one is hooked no longer.
	hookKey = "HOOK"
	// deadlineKey is the order to have questions wait that many seconds for their answers at most; a delegated task has no limit.
	deadlineKey     = "DEADLINE"
	defaultDeadline = 30 * time.Second
)

// settings are what steers the extension.
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

// hooks are the methods to hook, or no longer.
type hooks map[string]hook

func readHooks(dec *json.Decoder) (order, error) {
	found := make(hooks)
	return found, members(dec, hookKey, func(method string) error {
		var phases string
		err := dec.Decode(&phases)
		if err == nil {
			found[method], err = parseHook(phases)
		}
		if err != nil {
			return &misfit{hookKey + "/" + method, err}
		}
		return nil
	})
}

func (h hooks) apply(w *work) error {
	w.settings.mu.Lock()
	defer w.settings.mu.Unlock()
	for method, one := range h {
		w.settings.hooks[method] = one
	}
	return nil
}

// deadline is how long questions are to wait.
type deadline time.Duration

func readDeadline(dec *json.Decoder) (order, error) {
	var seconds float64
	err := dec.Decode(&seconds)
	if err == nil && seconds <= 0 {
		err = fmt.Errorf("%v is no number of seconds above 0", seconds)
	}
	if err != nil {
		return nil, &misfit{deadlineKey, err}
	}
	return deadline(seconds * float64(time.Second)), nil
}

func (d deadline) apply(w *work) error {
	w.settings.mu.Lock()
	defer w.settings.mu.Unlock()
	*w.settings.deadline = time.Duration(d)
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
