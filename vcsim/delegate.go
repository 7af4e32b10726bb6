package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// delegate puts the call to the laboratory as if vcsim had no such method.
func (c *call) delegate(ctx *simulator.Context, args any) soap.HasFault {
	q := c.question("call", args)
	if c.isTask() {
		return c.startTask(ctx, func(t *ownTask) ([]types.AnyType, *failure) { return c.follow(q, t) })
	}
	values, said, f := c.put(q, nil)
	if f == nil && !said {
		f = c.unknown()
	}
	if f != nil {
		return failing(f)
	}
	return returning(c.name, values...)
}

// follow asks for a task's outcome, without limit, and shows its progress.
func (c *call) follow(q *question, t *ownTask) ([]types.AnyType, *failure) {
	q.Task = &t.first
	r, f := c.x.link.ask(q, 0, t.progress)
	if f != nil {
		return nil, f
	}
	f, err := r.failure()
	if err != nil || f != nil {
		if err != nil {
			f = unreadable(q, err)
		}
		return nil, f
	}
	values, said, err := r.results()
	if err != nil {
		return nil, unreadable(q, err)
	}
	if !said {
		return nil, c.unknown()
	}
	return values, nil
}

func (c *call) unknown() *failure {
	message := c.this.Type + " does not implement " + c.name
	return &failure{message, &types.MethodNotFound{Receiver: c.this, Method: c.name}}
}
