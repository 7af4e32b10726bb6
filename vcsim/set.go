package main

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/json"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// setKey is the order to set properties, as vSphere's own JSON, by types, ids and paths:
// {"HostSystem": {"host-21": {"name": "esx1", "runtime.inMaintenanceMode": true}}}. null unsets a property. A path may end in the
// key of an array's element, [4000] or ["disk-2000"]: then that element alone is replaced, added or, with null, removed.
const setKey = "SET"

// batch is the properties to set in one call.
type batch struct {
	order   []ref
	changes map[ref][]change
}

// readBatch checks all that can be told without a look at the objects.
func readBatch(dec *json.Decoder) (order, error) {
	b := &batch{changes: make(map[ref][]change)}
	return b, members(dec, setKey, func(kind string) error {
		return members(dec, setKey, func(id string) error {
			obj := ref{Type: kind, Value: id}
			if b.changes[obj] == nil {
				b.order = append(b.order, obj)
			}
			return members(dec, setKey, func(path string) error { return b.read(dec, obj, path) })
		})
	})
}

func (b *batch) read(dec *json.Decoder, obj ref, path string) error {
	c, err := readChange(dec, obj.Type, path)
	if err != nil {
		return misfitting(obj, path, err)
	}
	b.changes[obj] = append(b.changes[obj], c)
	return nil
}

func misfitting(obj ref, path string, reason error) error {
	return &misfit{fmt.Sprintf("%s/%s/%s/%s", setKey, obj.Type, obj.Value, path), reason}
}

// apply sets all properties or, where one cannot be set, none.
func (b *batch) apply(w *work) error {
	for _, assign := range []bool{false, true} {
		for _, id := range b.order {
			if err := b.change(w, id, assign); err != nil {
				return err
			}
		}
	}
	return nil
}

// change works out what becomes of one object, and assigns it. govmomi may panic over that: on the path of a field that a
// derived type has in another place. The lock must be given back then.
func (b *batch) change(w *work, id ref, assign bool) (err error) {
	ctx, planned := w.ctx, b.changes[id]
	obj := ctx.Map.Get(id)
	if obj == nil {
		if obj, err = bare(id); err != nil {
			return misfitting(id, "", err)
		}
		if assign {
			obj = ctx.Map.Put(obj)
		}
	}
	if assign {
		planned = w.owned(planned)
	}
	ctx.WithLock(id, func() {
		defer func() {
			if r := recover(); r != nil {
				err = misfitting(id, "", fmt.Errorf("one of its properties has another place in a derived type: %v", r))
			}
		}()
		var changes []types.PropertyChange
		if changes, err = merged(obj, planned); err == nil && assign {
			ctx.Update(obj, changes)
		}
	})
	return err
}

// merged is what the changes make of the object as it is now: of an array of which elements change, the whole.
func merged(obj mo.Reference, changes []change) ([]types.PropertyChange, error) {
	all := make([]types.PropertyChange, 0, len(changes))
	for _, c := range changes {
		if c.Key == nil {
			all = append(all, types.PropertyChange{Name: c.Path, Val: c.value})
			continue
		}
		at := last(all, c.Path)
		if at < 0 {
			at = len(all)
			all = append(all, types.PropertyChange{Name: c.Path, Val: current(obj, c.Path)})
		}
		list, err := c.edited(all[at].Val)
		if err != nil {
			return nil, misfitting(obj.Reference(), c.String(), err)
		}
		all[at].Val = list
	}
	return all, nil
}

// last is where the last of the changes of a property is; -1 where there is none.
func last(changes []types.PropertyChange, name string) int {
	for at, c := range slices.Backward(changes) {
		if c.Name == name {
			return at
		}
	}
	return -1
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
