Feature: A mounted replica is the same datastore to its clients
  vCloud Director knows VMs, pools, folders, networks and datastores by the ids that the resource vCenter gives them. It keeps
  working at the recovery site because these ids are those that they were.

  @VCD-03 @product:vcd
  Rule: After the replicas are mounted with their signature kept, every managed object has the id that it had

    Background:
      Given two sites
      And the operator notes the ids of "vc-res"
      And the "protected" site is lost
      And the operator recovers "vc-res" and the other VMs of "cg-management" at "vc-mgmt-b"
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts

    Example: The ids stay, and the VMs run
      When the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And every object of "vc-res" has the id that it had
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:resignature
    Example: A resignatured replica is another datastore, and its VMs are others
      When the operator resignatures the replicas of "cg-tenants" on "esx-b01"
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      And the operator registers the copy of "acme-mail-01" on "esx-b01" as "acme-mail-01-copy"
      Then "vc-res" shows the replicas of "cg-tenants" as other datastores, named "snap-"
      And "acme-mail-01-copy" has another id than "acme-mail-01" had
      And "esx-b01" has no file at the path of the port file of "acme-mail-01"
      And "acme-mail-01" is not restarted
      And the recovery hosts are not in maintenance mode
      And nothing else has changed
