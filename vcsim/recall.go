package main

import (
	"bytes"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/vmware/govmomi/vim25/types"
)

// recallLimit is how many bytes of lines are kept, read: enough for some beginnings of laboratories.
const recallLimit = 8 << 20

// memory has the lines of orders that have come more than once, read: vCenters that begin alike are told the very same, and
// reading that takes longer than doing it. Nothing that is kept ever changes: see work.own.
type memory struct {
	mu    sync.Mutex
	seed  maphash.Seed
	lines map[uint64]*recalled // nil for one that has come once
	size  int
}

// recalled is a line, and the orders in it.
type recalled struct {
	line  string
	asked []order
}

// heard is what all vCenters of the process have been told.
var heard = memory{seed: maphash.MakeSeed(), lines: make(map[uint64]*recalled)}

// read reads a line, or recalls what it says; kept is true where that is to be read again.
func (m *memory) read(line []byte) (asked []order, kept bool, err error) {
	sum := maphash.Bytes(m.seed, line)
	m.mu.Lock()
	known, came := m.lines[sum]
	if !came {
		m.lines[sum] = nil
	}
	m.mu.Unlock()
	if known != nil && known.line == string(line) {
		return known.asked, true, nil
	}
	asked, err = readOrders(types.NewJSONDecoder(bytes.NewReader(line)))
	if !came || known != nil || err != nil {
		return asked, false, err
	}
	m.keep(sum, &recalled{string(line), asked})
	return asked, true, nil
}

// keep keeps one line more. Where they become too many it begins anew, as the laboratory that tells them does at times.
func (m *memory) keep(sum uint64, r *recalled) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.size += len(r.line); m.size > recallLimit {
		clear(m.lines)
		m.size = len(r.line)
	}
	m.lines[sum] = r
}

// owned are changes of a batch, with values that are the vCenter's own.
func (w *work) owned(changes []change) []change {
	if !w.kept {
		return changes
	}
	changes = slices.Clone(changes)
	for i := range changes {
		changes[i].value = w.own(changes[i].value)
	}
	return changes
}

// own is a value of an order for the vCenter to hold: a copy, where the order is kept.
func (w *work) own(value any) any {
	if !w.kept {
		return value
	}
	return copied(value)
}
