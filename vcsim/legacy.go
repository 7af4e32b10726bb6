package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const setPrefix = "SET/"

// oldSetting is one value that properties of objects of one type get.
type oldSetting struct {
	kind       string
	ids, paths []string
	value      types.AnyType
}

// oldBatch is the properties to set in one call.
type oldBatch struct {
	settings []oldSetting
	order    []ref
	changes  map[ref][]types.PropertyChange
	broken   string // a key that begins with SET/ and has not four parts
}

// oldPartition takes the keys "SET/<type>/<id>/<properties>@<further ids>" out of the options. Properties and ids are set off by
// commas; where there are no further ids, "@" is left out.
func oldPartition(values []types.BaseOptionValue) (oldBatch, []types.BaseOptionValue) {
	b := oldBatch{changes: make(map[ref][]types.PropertyChange)}
	var rest []types.BaseOptionValue
	for _, v := range values {
		option := v.GetOptionValue()
		if !strings.HasPrefix(option.Key, setPrefix) {
			rest = append(rest, v)
			continue
		}
		parts := strings.SplitN(option.Key, "/", 4)
		if len(parts) != 4 {
			b.broken = option.Key
			continue
		}
		paths, further, several := strings.Cut(parts[3], "@")
		ids := parts[2:3]
		if several {
			ids = append(ids[:1:1], strings.Split(further, ",")...)
		}
		b.add(oldSetting{parts[1], ids, strings.Split(paths, ","), option.Value})
	}
	return b, rest
}

// sets tells whether anything is to be set.
func (b oldBatch) sets() bool { return len(b.settings) > 0 || b.broken != "" }

func (b *oldBatch) add(s oldSetting) {
	b.settings = append(b.settings, s)
	for _, id := range s.ids {
		obj := ref{Type: s.kind, Value: id}
		if b.changes[obj] == nil {
			b.order = append(b.order, obj)
		}
		for _, path := range s.paths {
			b.changes[obj] = append(b.changes[obj], types.PropertyChange{Name: path, Val: s.value})
		}
	}
}

// apply sets all properties or, where one cannot be set, none; then it says which and why.
func (b oldBatch) apply(ctx *simulator.Context) (string, error) {
	if b.broken != "" {
		return b.broken, fmt.Errorf("%s: not SET/<type>/<id>/<property>", b.broken)
	}
	for _, s := range b.settings {
		id := ref{Type: s.kind, Value: s.ids[0]}
		for _, path := range s.paths {
			if err := rehearse(id, types.PropertyChange{Name: path, Val: s.value}); err != nil {
				return fmt.Sprintf("%s%s/%s/%s", setPrefix, id.Type, id.Value, path), err
			}
		}
	}
	for _, id := range b.order {
		if err := b.assign(ctx, id); err != nil {
			return setPrefix + id.Type + "/" + id.Value, err
		}
	}
	return "", nil
}

// rehearse sets the property of a bare object in a registry of its own: govmomi panics on a path or a type that it does
// not know, and must not do so while it holds a lock.
func rehearse(id ref, change types.PropertyChange) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s %s: property %s: %v", id.Type, id.Value, change.Name, r)
		}
	}()
	obj, err := bare(id)
	if err != nil {
		return err
	}
	registry := simulator.NewRegistry()
	scratch := &simulator.Context{Map: registry}
	registry.Update(scratch, registry.Put(obj), []types.PropertyChange{change})
	return nil
}

// assign sets the properties of one object. It may panic where the rehearsal did not: on the path of a field that a derived
// type has in another place. The lock must be given back then.
func (b oldBatch) assign(ctx *simulator.Context, id ref) (err error) {
	obj := ctx.Map.Get(id)
	if obj == nil {
		obj, _ = bare(id) // rehearsed
		obj = ctx.Map.Put(obj)
	}
	ctx.WithLock(obj, func() {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%s %s: one of its properties has another place in a derived type: %v", id.Type, id.Value, r)
			}
		}()
		ctx.Update(obj, b.changes[id])
	})
	return err
}

// postEvent is EventManager.PostEvent for the agent: the event keeps the time and the text that it came with.
type postEvent struct {
	unlocked
	events *simulator.EventManager
}

func (p *postEvent) Reference() ref { return elsewhere }

// Run is PostEvent.
func (p *postEvent) Run(ctx *simulator.Context, req *types.PostEvent) (res soap.HasFault) {
	event := req.EventToPost.GetEvent()
	created, text := event.CreatedTime, event.FullFormattedMessage
	ctx.WithLock(p.events, func() {
		res = p.events.PostEvent(ctx, req)
		event.CreatedTime = created
		if text != "" {
			event.FullFormattedMessage = text
		}
	})
	return res
}
