Feature: No VM runs at both sites, unless somebody forces it
  Once the replication is broken the copies are independent: a lock on the one says nothing on the other.

  @VCD-12 @product:vcd
  Rule: vSphere HA starts no VM whose files are locked on the same copy

    Example: A VM that runs from the replica already is not started again
      Given two sites
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the operator takes "esx-b01" out of maintenance mode
      And the operator registers and powers on "acme-mail-01" on "esx-b01" with its shell
      When the "protected" site is lost
      And vSphere HA has the time for all its attempts
      Then "acme-mail-01" runs on "esx-b01" and nowhere else, by the hosts' shells
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And the "protected" site answers nobody
      And "vc-res" answers nobody
      And nothing else has changed

    Example: An isolated host that nobody sees on datastores keeps its locks, and vSphere HA meets them
      Given two sites
      And all paths from "esx-a04" to the datastore "tenant-vmfs01" are down
      And all paths from "esx-a04" to the datastore "tenant-vmfs02" are down
      When the management network of "esx-a01" is cut
      And vSphere HA has the time for all its attempts
      And the management network of "esx-a01" works again
      Then the event "com.vmware.vc.HA.DasHostFailedEvent" is posted for "esx-a01"
      And the event "VmFailoverFailed" is posted for "acme-mail-01"
      And "acme-mail-01" runs on "esx-a01" and nowhere else, by the hosts' shells
      And "acme-mail-01" has kept running
      And nothing else has changed

    Example: An isolated host that is seen on datastores is let be
      Given two sites
      When the management network of "esx-a01" is cut
      And vSphere HA has the time for all its attempts
      And the management network of "esx-a01" works again
      Then the event "com.vmware.vc.HA.DasHostIsolatedEvent" is posted for "esx-a01"
      And no event "VmFailoverFailed" is posted for "acme-mail-01"
      And "acme-mail-01" has kept running
      And nothing else has changed

  @VCD-12 @product:vcd @product:srm
  Rule: While the protected site runs the procedure refuses to go on, and says why

    Example: The procedure is carried out too early
      Given two sites
      When the operator carries out the procedure "vcd-failover"
      Then the procedure "vcd-failover" stops at "protected-site": "its VMs would run twice"
      And the log of the procedure "vcd-failover" shows "esx-a01.lab.example (SSH)"
      And "acme-mail-01" has kept running
      And the replication of "cg-tenants" is "replicating"
      And the recovery plan "management" is "READY_STATE"
      And nothing else has changed

    @twin:forced-while-the-protected-site-runs
    Example: Forced in spite of that, a VM runs twice, and the report names it
      Given two sites
      And the operator notes what runs at "vc-mgmt-a"
      When the operator carries out the procedure "vcd-failover" with "protected-site=ignored"
      And the operator registers and powers on "acme-mail-01" on "esx-b01" with its shell
      Then the procedure "vcd-failover" stops at "validate": "acme-mail-01"
      And the log of the procedure "vcd-failover" shows "at the protected site answer: mgmt-a01.lab.example (SSH)"
      And "acme-mail-01" runs on "2" hosts
      And a comparison with before names "acme-mail-01", running on "esx-b01" too
      And the replication of "cg-tenants" is "broken"
      And the management VMs run at "vc-mgmt-b"
      And the hosts of "vc-mgmt-a" have nothing mounted of "cg-management"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And nothing else has changed
