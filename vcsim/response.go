package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// response is the body of a SOAP response to any method.
type response struct {
	Res    *returns
	Fault_ *soap.Fault
}

// Fault is nil where the call succeeded.
func (r *response) Fault() *soap.Fault { return r.Fault_ }

// returns writes itself as <method>Response, whatever the method.
type returns struct {
	method  string
	values  []types.AnyType
	encoded string // instead of values, where they are XML already
}

// MarshalXML names each value's type, as an anyType needs and every other type may have.
func (r *returns) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Name.Local = r.method + "Response"
	if r.encoded != "" {
		return e.EncodeElement(struct {
			XML string `xml:",innerxml"`
		}{r.encoded}, start)
	}
	return e.EncodeElement(struct {
		Returnval []types.AnyType `xml:"returnval,typeattr"`
	}{r.values}, start)
}

func returning(method string, values ...types.AnyType) soap.HasFault {
	return &response{Res: &returns{method: method, values: values}}
}

func failing(f *failure) soap.HasFault {
	return &response{Fault_: simulator.Fault(f.message, f.fault)}
}
