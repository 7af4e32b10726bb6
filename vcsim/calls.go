package main

import (
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/json"
	"github.com/vmware/govmomi/vim25/types"
)

// callKey is the order to make calls, one after the other, as vSphere's own JSON:
// [{"this": {"type": "Folder", "value": "group-v3"}, "method": "CreateVM_Task", "args": {"config": {...}, ...}}, ...].
// They run vcsim's own methods, without a question. All have ended, tasks too, when the answer comes: an array with what each has
// returned, one element for each value; for a task, its result.
const callKey = "CALL"

// taskLimit is when a task of vcsim's own counts as stuck.
const taskLimit = 2 * time.Minute

// invocation is one of the calls.
type invocation struct {
	This   ref             `json:"this"`
	Method string          `json:"method"`
	Args   json.RawMessage `json:"args"`

	args   any // as the method takes them
	unread error
}

// invocations are the calls to make in one. The first that fails is the last; what those before it did stays.
type invocations []invocation

func readCalls(dec *json.Decoder) (order, error) {
	var all invocations
	if err := dec.Decode(&all); err != nil {
		return nil, &misfit{callKey, err}
	}
	for i := range all {
		all[i].read()
	}
	return all, nil
}

// read reads the arguments, as far as there is such a method. What is wrong with them concerns no call before this one.
func (i *invocation) read() {
	if kind, ok := types.TypeFunc()(i.Method); ok {
		i.args = reflect.New(kind).Interface()
		i.unread = decode([]byte(i.Args), i.args)
	}
}

func (all invocations) apply(w *work) error {
	for i, one := range all {
		values, err := one.run(w)
		var line stdjson.RawMessage
		if err == nil {
			line, err = encodedAll(values)
		}
		if err != nil {
			return &misfit{fmt.Sprintf("%s/%d/%s/%s/%s", callKey, i, one.This.Type, one.This.Value, one.Method), err}
		}
		w.said.Call = append(w.said.Call, line)
	}
	return nil
}

// run makes one call, with an owner of locks of its own as a client's request has, and waits for its task.
func (i *invocation) run(w *work) ([]types.AnyType, error) {
	own := *w.ctx
	c := &call{this: i.This, obj: own.Map.Get(i.This), name: i.Method}
	if c.obj == nil {
		return nil, fmt.Errorf("there is no such object")
	}
	c.impl = reflect.ValueOf(c.obj).MethodByName(goName(i.Method))
	if !c.impl.IsValid() || c.impl.Type().In(c.impl.Type().NumIn()-1) != reflect.TypeOf(i.args) {
		return nil, fmt.Errorf("vcsim does not implement it")
	}
	if i.unread != nil {
		return nil, i.unread
	}
	args := w.own(i.args)
	defer w.maker.expect(i.This, args)()
	fieldOf(reflect.ValueOf(args).Elem(), "This").Set(reflect.ValueOf(i.This)) // not part of the JSON
	res := c.native(&own, args)
	if fault := res.Fault(); fault != nil {
		return nil, failed(fault.VimFault())
	}
	values := returned(res)
	if task := taskIn(&own, values); task != nil {
		return c.outlast(w.ctx, task)
	}
	return values, nil
}

// outlast waits for the end of the task that the call has started, and returns its result. The task holds the object until its
// work is done.
func (c *call) outlast(ctx *simulator.Context, task *simulator.Task) ([]types.AnyType, error) {
	other := *ctx
	other.WithLock(c.this, func() {})
	info := ended(ctx, task, taskLimit)
	if info == nil {
		return nil, fmt.Errorf("the task did not end within %s", taskLimit)
	}
	if info.Error != nil {
		return nil, failed(info.Error.Fault)
	}
	if info.Result == nil {
		return nil, nil
	}
	return []types.AnyType{info.Result}, nil
}

// failed tells a fault by its type.
func failed(fault any) error {
	return fmt.Errorf("it fails with %s", reflect.Indirect(reflect.ValueOf(fault)).Type().Name())
}
