package main

import (
	"fmt"
	"reflect"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/json"
)

// callKey is the order to make calls, one after the other, as vSphere's own JSON:
// [{"this": {"type": "Folder", "value": "group-v3"}, "method": "CreateVM_Task", "args": {"config": {...}, ...}}, ...].
// They run vcsim's own methods, as the agent's calls do. All have ended, tasks too, when the answer comes.
const callKey = "CALL"

// taskLimit is when a task of vcsim's own counts as stuck.
const taskLimit = 2 * time.Minute

// invocation is one of the calls.
type invocation struct {
	This   ref             `json:"this"`
	Method string          `json:"method"`
	Args   json.RawMessage `json:"args"`
}

// invocations are the calls to make in one. The first that fails is the last; what those before it did stays.
type invocations []invocation

func readCalls(dec *json.Decoder) (order, error) {
	var all invocations
	if err := dec.Decode(&all); err != nil {
		return nil, &misfit{callKey, err}
	}
	return all, nil
}

func (all invocations) apply(ctx *simulator.Context) error {
	for i, one := range all {
		if err := one.run(ctx); err != nil {
			return &misfit{fmt.Sprintf("%s/%d/%s/%s/%s", callKey, i, one.This.Type, one.This.Value, one.Method), err}
		}
	}
	return nil
}

// run makes one call, with an owner of locks of its own as a client's request has, and waits for its task.
func (i *invocation) run(ctx *simulator.Context) error {
	own := *ctx
	c := &call{this: i.This, obj: own.Map.Get(i.This), name: i.Method}
	if c.obj == nil {
		return fmt.Errorf("there is no such object")
	}
	c.impl = reflect.ValueOf(c.obj).MethodByName(goName(i.Method))
	if !c.impl.IsValid() {
		return fmt.Errorf("vcsim does not implement it")
	}
	args := reflect.New(c.impl.Type().In(c.impl.Type().NumIn() - 1).Elem())
	if err := decode([]byte(i.Args), args.Interface()); err != nil {
		return err
	}
	args.Elem().FieldByName("This").Set(reflect.ValueOf(i.This)) // not part of the JSON
	res := c.native(&own, args.Interface())
	if fault := res.Fault(); fault != nil {
		return failed(fault.VimFault())
	}
	return c.outlast(ctx, taskIn(&own, returned(res)))
}

// outlast waits for the end of the task that the call has started, if any. It holds the object until its work is done.
func (c *call) outlast(ctx *simulator.Context, task *simulator.Task) error {
	if task == nil {
		return nil
	}
	other := *ctx
	other.WithLock(c.obj, func() {})
	info := ended(ctx, task, taskLimit)
	if info == nil {
		return fmt.Errorf("the task did not end within %s", taskLimit)
	}
	if info.Error != nil {
		return failed(info.Error.Fault)
	}
	return nil
}

// failed tells a fault by its type.
func failed(fault any) error {
	return fmt.Errorf("it fails with %s", reflect.Indirect(reflect.ValueOf(fault)).Type().Name())
}
