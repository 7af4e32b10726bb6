package main

import (
	stdjson "encoding/json"
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/json"
	"github.com/vmware/govmomi/vim25/mo"
)

// readKey is the order to read properties: [{"objects": [{"type": "Folder", "value": "group-v3"}, ...], "paths": ["name"]}, ...].
// The answer has an array for each of them, and in that for each object what there is at the paths, or null where there is no such
// object. A path has what a property collector shows there, as vSphere's own JSON where any type may stand.
const readKey = "READ"

// look is the objects and the paths to read there.
type look struct {
	Objects []ref    `json:"objects"`
	Paths   []string `json:"paths"`
}

type looks []look

func readLooks(dec *json.Decoder) (order, error) {
	var all looks
	if err := dec.Decode(&all); err != nil {
		return nil, &misfit{readKey, err}
	}
	return all, nil
}

func (all looks) apply(w *work) error {
	for _, one := range all {
		found := make([]stdjson.RawMessage, len(one.Objects))
		for i, id := range one.Objects {
			obj := w.ctx.Session.Get(id)
			if obj == nil {
				continue
			}
			var err error
			if found[i], err = one.at(w.ctx, obj); err != nil {
				return &misfit{fmt.Sprintf("%s/%s/%s", readKey, id.Type, id.Value), err}
			}
		}
		line, err := stdjson.Marshal(found)
		if err != nil {
			return &misfit{readKey, err}
		}
		w.said.Read = append(w.said.Read, line)
	}
	return nil
}

// at reads and encodes what one object has; it is locked as long, as others may change it.
func (l *look) at(ctx *simulator.Context, obj mo.Reference) (line stdjson.RawMessage, err error) {
	own := *ctx
	if other, ok := obj.(interface{ Get() mo.Reference }); ok {
		obj = other.Get()
	}
	own.WithLock(obj, func() {
		line, err = l.of(managed(obj))
	})
	return line, err
}

func (l *look) of(obj reflect.Value) (line stdjson.RawMessage, err error) {
	values := make(map[string]stdjson.RawMessage)
	for _, path := range l.Paths {
		value, ok := shown(obj, path)
		if !ok {
			return nil, &misfit{path, fmt.Errorf("there is no such property")}
		}
		if value == nil {
			continue
		}
		if values[path], err = encoded(value); err != nil {
			return nil, &misfit{path, err}
		}
	}
	return stdjson.Marshal(values)
}
