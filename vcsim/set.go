package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const setPrefix = "SET/"

// setting is one value that properties of objects of one type get.
type setting struct {
	kind       string
	ids, paths []string
	value      types.AnyType
}

// batch is the properties to set in one call.
type batch struct {
	settings []setting
	order    []ref
	changes  map[ref][]types.PropertyChange
	broken   string // a key that begins with SET/ and has not four parts
}

// partition takes the keys "SET/<type>/<id>/<properties>@<further ids>" out of the options. Properties and ids are set off by
// commas; where there are no further ids, "@" is left out.
func partition(values []types.BaseOptionValue) (batch, []types.BaseOptionValue) {
	b := batch{changes: make(map[ref][]types.PropertyChange)}
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
		b.add(setting{parts[1], ids, strings.Split(paths, ","), option.Value})
	}
	return b, rest
}

// sets tells whether anything is to be set.
func (b batch) sets() bool { return len(b.settings) > 0 || b.broken != "" }

func (b *batch) add(s setting) {
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
func (b batch) apply(ctx *simulator.Context) (string, error) {
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

func bare(id ref) (mo.Reference, error) {
	if !mo.IsManagedObjectType(id.Type) {
		return nil, fmt.Errorf("%s %s: there is no managed object type of that name", id.Type, id.Value)
	}
	v, err := mo.ObjectContentToType(types.ObjectContent{Obj: id}, true)
	if err != nil {
		return nil, err
	}
	return v.(mo.Reference), nil
}

// assign sets the properties of one object. It may panic where the rehearsal did not: on the path of a field that a derived
// type has in another place. The lock must be given back then.
func (b batch) assign(ctx *simulator.Context, id ref) (err error) {
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
