package main

import (
	"reflect"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// before asks before vcsim's method runs. It returns nil where the method is to run, perhaps with other arguments.
func (c *call) before(ctx *simulator.Context, args any) soap.HasFault {
	values, said, f := c.put(c.question("before", args), args)
	switch {
	case f == nil && !said:
		return nil
	case c.isTask():
		return c.startTask(ctx, func(*ownTask) ([]types.AnyType, *failure) { return values, f })
	case f != nil:
		return failing(f)
	}
	return returning(c.name, values...)
}

// put asks under the deadline and reads the answer. Arguments that come back replace those in args, if given.
func (c *call) put(q *question, args any) (values []types.AnyType, said bool, f *failure) {
	r, f := c.x.link.ask(q, c.x.settings.limit(), nil)
	if f != nil {
		return nil, false, f
	}
	f, err := r.failure()
	if err == nil && f == nil && args != nil {
		err = r.arguments(args)
	}
	if err == nil && f == nil {
		values, said, err = r.results()
	}
	if err != nil {
		f = unreadable(q, err)
	}
	return values, said, f
}

// after asks once the method, or its task, has ended. The client has no answer yet, so it never sees what is corrected.
func (c *call) after(ctx *simulator.Context, args any, res soap.HasFault) soap.HasFault {
	q := c.question("after", args)
	q.Result = returned(res)
	task := taskIn(ctx, q.Result)
	if task != nil {
		if q.Task = ended(ctx, task, c.x.settings.limit()); q.Task == nil {
			return failing(broken("the task of %s did not end within %s", q, c.x.settings.limit()))
		}
	}
	values, said, f := c.put(q, nil)
	switch {
	case f == nil && !said:
		return res
	case task != nil:
		correct(ctx, task, values, f)
		return res
	case f != nil:
		return failing(f)
	}
	return returning(c.name, values...)
}

// returned is what a method of vcsim returned, as one element for each value.
func returned(res soap.HasFault) []types.AnyType {
	body := reflect.ValueOf(res).Elem().FieldByName("Res")
	if !body.IsValid() || body.IsNil() {
		return nil
	}
	value := body.Elem().FieldByName("Returnval")
	if !value.IsValid() || (value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface) && value.IsNil() {
		return nil
	}
	if value.Kind() != reflect.Slice {
		return []types.AnyType{value.Interface()}
	}
	var values []types.AnyType
	for i := range value.Len() {
		values = append(values, value.Index(i).Interface())
	}
	return values
}

func taskIn(ctx *simulator.Context, values []types.AnyType) *simulator.Task {
	if len(values) != 1 {
		return nil
	}
	if id, ok := values[0].(ref); ok && id.Type == "Task" {
		task, _ := ctx.Map.Get(id).(*simulator.Task)
		return task
	}
	return nil
}

// ended waits for the end of a task of vcsim; it is nil where that does not come in time.
func ended(ctx *simulator.Context, task *simulator.Task, limit time.Duration) *types.TaskInfo {
	own := *ctx // another owner of locks than the task
	for start := time.Now(); time.Since(start) < limit; time.Sleep(time.Millisecond) {
		var info types.TaskInfo
		own.WithLock(task.Self, func() { info = task.Info })
		if over(info.State) {
			return &info
		}
	}
	return nil
}

func over(state types.TaskInfoState) bool {
	return state == types.TaskInfoStateSuccess || state == types.TaskInfoStateError
}

// correct gives an ended task another result, or a fault.
func correct(ctx *simulator.Context, task *simulator.Task, values []types.AnyType, f *failure) {
	own := *ctx
	own.WithLock(task.Self, func() { own.Update(task, outcome(values, f)) })
}
