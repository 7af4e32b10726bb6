Feature: Desktops on NFS come back by the alias of their NAS
  An NFS datastore is the name of its server and its share, as they were given at the mount. When the alias leads to the NAS of the
  other site, the same name gives the same datastore there, and every path in a chain of disks stays right.

  @VIEW-03 @capability:view-composer @product:srm
  Rule: With the alias repointed the datastores are mounted under the same name, as the same volumes

    Background:
      Given two sites with View and "desktops on NFS"
      And the operator writes down the NFS datastores of "esx-a01"
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable

    Example: The alias is repointed before the hosts ask for it
      When the operator repoints the alias "nas.lab.example" to "nas-b.lab.example"
      And the operator mounts these NFS datastores from "nas.lab.example" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And these NFS datastores are accessible on the recovery hosts
      And the recovery hosts are connected to the NAS "nas-b.lab.example" alone
      And each user gets the same desktop as when the site was lost
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:alias-not-repointed
    Example: The alias is not repointed: it leads to the NAS that is lost
      When the operator tries to mount these NFS datastores from "nas.lab.example" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "Unable to connect to NFS server"
      And "esx-b01" takes "nas.lab.example" for "nas-a.lab.example"
      And no VM runs on the recovery hosts
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:stale-name-cache
    Example: A host has asked before: it believes the old answer until its time to live has passed
      Given the operator tries to mount these NFS datastores from "nas.lab.example" on the recovery hosts
      When the operator repoints the alias "nas.lab.example" to "nas-b.lab.example"
      And the operator tries to mount these NFS datastores from "nas.lab.example" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "Unable to connect to NFS server"
      And "esx-b01" takes "nas.lab.example" for "nas-a.lab.example"
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    Example: When the time to live has passed the same mount succeeds
      Given the operator tries to mount these NFS datastores from "nas.lab.example" on the recovery hosts
      And the operator repoints the alias "nas.lab.example" to "nas-b.lab.example"
      And the time to live of the alias "nas.lab.example" has passed
      When the operator mounts these NFS datastores from "nas.lab.example" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And these NFS datastores are accessible on the recovery hosts
      And the recovery hosts are connected to the NAS "nas-b.lab.example" alone
      And each user gets the same desktop as when the site was lost
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:mounted-by-address
    Example: The datastores are mounted by the address of the NAS: they are others, and the chains lead nowhere
      When the operator mounts these NFS datastores by the address of "nas-b.lab.example" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then no VM runs on the recovery hosts
      And "esx-b01" cannot open the disks of "office-01": "replica-office.vmdk was not found"
      And "vc-desk" shows a second one of each of these NFS datastores
      And these NFS datastores are accessible on the recovery hosts
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And nothing else has changed
