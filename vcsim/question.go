package main

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
)

// question is what goes down the link, as vSphere's own JSON (an object names its type in _typeName).
type question struct {
	ID     int64           `json:"id"`
	Phase  string          `json:"phase"` // before, after, call
	Method string          `json:"method"`
	This   ref             `json:"this"`
	Host   string          `json:"host,omitempty"`
	User   string          `json:"user"`
	Args   any             `json:"args"`
	Task   *types.TaskInfo `json:"task,omitempty"`
	Result []types.AnyType `json:"result,omitempty"` // after: what the method returned
}

func (q *question) String() string {
	return fmt.Sprintf("%s (%s) on %s %s", q.Method, q.Phase, q.This.Type, q.This.Value)
}

func (q *question) line() ([]byte, error) {
	var b bytes.Buffer
	err := types.NewJSONEncoder(&b).Encode(q) // ends with the newline
	return b.Bytes(), err
}

// reply is one line that comes up the link. With progress the question stays open; with nothing vcsim goes on.
type reply struct {
	ID       int64              `json:"id"`
	Progress *int32             `json:"progress"`
	Result   stdjson.RawMessage `json:"result"` // the return value: one element for each, so none for void
	Args     stdjson.RawMessage `json:"args"`   // the arguments to go on with
	Fault    stdjson.RawMessage `json:"fault"`
	Message  string             `json:"message"`
}

// failure is a fault and the text that goes with it.
type failure struct {
	message string
	fault   types.BaseMethodFault
}

// broken is a failure of the laboratory itself; it is never a simulated outcome.
func broken(format string, args ...any) *failure {
	message := fmt.Sprintf(format, args...)
	return &failure{message, &types.SystemError{Reason: message}}
}

func present(raw stdjson.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func decode(raw stdjson.RawMessage, to any) error {
	return types.NewJSONDecoder(bytes.NewReader(raw)).Decode(to)
}

// results are the values that the reply gives; said is false where it gives none, not even void.
func (r *reply) results() (values []types.AnyType, said bool, err error) {
	if !present(r.Result) {
		return nil, false, nil
	}
	if err = decode(r.Result, &values); err != nil {
		return nil, true, err
	}
	for i, v := range values {
		if v == nil || reflect.TypeOf(v).Kind() == reflect.Map {
			return nil, true, fmt.Errorf("element %d of the result names no type", i)
		}
	}
	return values, true, nil
}

// arguments overwrites args, a pointer to a request, where the reply has others.
func (r *reply) arguments(args any) error {
	if !present(r.Args) {
		return nil
	}
	to := reflect.New(reflect.TypeOf(args).Elem())
	if err := decode(r.Args, to.Interface()); err != nil {
		return err
	}
	if this := to.Elem().FieldByName("This"); this.IsValid() { // not part of the JSON
		this.Set(reflect.ValueOf(args).Elem().FieldByName("This"))
	}
	reflect.ValueOf(args).Elem().Set(to.Elem())
	return nil
}

func (r *reply) failure() (*failure, error) {
	if !present(r.Fault) {
		return nil, nil
	}
	var said types.AnyType
	if err := decode(r.Fault, &said); err != nil {
		return nil, err
	}
	value := reflect.Indirect(reflect.ValueOf(said))
	pointer := reflect.New(value.Type())
	pointer.Elem().Set(value)
	fault, ok := pointer.Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%s is no fault", value.Type().Name())
	}
	message := r.Message
	if message == "" {
		message = value.Type().Name()
	}
	return &failure{message, fault}, nil
}
