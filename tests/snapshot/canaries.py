"""Configurations with secrets of every kind in every platform, each secret a word that stands nowhere else."""

from __future__ import annotations

import functools
import random
import re
import string

from tests.snapshot import further_canaries as further

PEM = """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQI{0}CAggA
MAwGCCqGSIb3DQIJBQAwFAYIKoZIhvcNAwcECKk{1}
-----END ENCRYPTED PRIVATE KEY-----"""
IOS = """\
version 15.2
hostname core-1
enable secret 5 $1$abcd$@
enable password level 7 7 @
username admin privilege 15 secret 9 $9$@$@
username clerk password 0 @ with @ blanks
username net privilege 15 role network-admin secret sha512 $6$@$@
aaa new-model
tacacs server one
 address ipv4 10.0.0.9
 key 7 @
radius server two
 key @
tacacs-server host 10.0.0.8 single-connection timeout 3 key 7 @
radius-server host 10.0.0.7 auth-port 1812 acct-port 1813 key @
aaa group server radius three
 server-private 10.0.0.6 auth-port 1812 key 7 @
key chain ospf
 key 1
  key-string 7 @
crypto isakmp key 6 @ address 10.1.1.1
crypto ikev2 keyring kr
 peer one
  pre-shared-key local @
  pre-shared-key remote 6 @
crypto keyring old
  pre-shared-key address 10.0.0.0 255.0.0.0 key @
interface Tunnel1
 ip ospf authentication-key 7 @
 ip ospf message-digest-key 1 md5 7 @
 standby 1 authentication md5 key-string 7 @
 standby 2 authentication @
 ppp chap password 7 @
interface Dot11Radio0
 wpa-psk ascii 7 @
router bgp 65000
 neighbor 10.0.0.1 password 7 @
ip ftp password 7 @
snmp-server community @ RO 10
snmp-server host 10.0.0.5 version 2c @
snmp-server host 10.0.0.5 vrf mgmt version 3 priv @
snmp-server user nms ops v3 auth sha @ priv aes 128 @ access 10
snmp-server user nm2 ops v3 encrypted auth md5 @ priv @
snmp-server user nm3 ops v3 auth md5 @ priv des56 @
ntp authentication-key 1 md5 @ 7
line con 0
 password 7 @
~
end
"""
ASA = """\
ASA Version 9.12(4)
hostname fw-1
enable password @ pbkdf2
passwd @ encrypted
username admin password @ encrypted privilege 15
aaa-server one (inside) host 10.0.0.1
 key @
 ldap-login-password @
failover key @
snmp-server community @
snmp-server host inside 10.0.0.2 community @ version 2c
tunnel-group 10.0.0.3 ipsec-attributes
 ikev1 pre-shared-key @
 ikev2 local-authentication pre-shared-key @
crypto ca import one pkcs12 x
~
: end
"""
NXOS = """\
version 9.3(8)
hostname core-2
username admin password 5 $5$@$@  role network-admin
radius-server host 10.0.0.1 key 7 "@" authentication accounting
tacacs-server key 7 "@"
snmp-server user admin network-admin auth md5 @ priv @ localizedkey
snmp-server community @ group network-operator
snmp-server host 10.0.0.2 traps version 2c @
key chain one
  key 1
    key-string 7 @
~
line vty
"""
JUNOS = """\
version 20.4R3.8;
system {
    root-authentication {
        encrypted-password "$6$@$@"; ## SECRET-DATA
    }
    radius-server {
        10.0.0.1 secret "$9$@"; ## SECRET-DATA
    }
    tacplus-server {
        10.0.0.2 secret @;
    }
}
security {
    ike {
        policy one {
            pre-shared-key ascii-text "$9$@"; ## SECRET-DATA
        }
    }
    authentication-key-chains {
        key-chain one {
            key 1 {
                secret "$9$@"; ## SECRET-DATA
            }
        }
    }
}
protocols {
    bgp {
        group g {
            authentication-key "@"; ## SECRET-DATA
        }
    }
    ospf {
        area 0 {
            interface ge-0/0/0.0 {
                authentication {
                    md5 1 key "@"; ## SECRET-DATA
                }
            }
        }
    }
}
snmp {
    v3 {
        usm {
            user u {
                authentication-sha {
                    authentication-key "$9$@"; ## SECRET-DATA
                }
            }
        }
    }
    community @ {
        authorization read-only;
    }
}
"""
MIKROTIK = r"""
# model = RB4011iGS+
/interface bridge
add name=bridge1
/interface wireguard
add listen-port=1 name=wg private-key="@/abc="
/interface wireless security-profiles
add name=one wpa2-pre-shared-key=@ wpa-pre-shared-key="@ \"@\" more"
/ip ipsec identity
add peer=one secret=@
/ppp secret
add name=one password="@\
    @" service=pptp
add name=two password=@
/snmp community
set [ find default=yes ] name=@
add addresses=10.9.0.0/16 name="@ \"@"
add addresses=10.0.0.0/8 name=@ authentication-password=@ encryption-password=@
/snmp
set trap-community=@
/radius
add address=10.0.0.1 secret=@ service=login
~
/system identity
set name=r1
"""
PROCURVE = """\
Running configuration:

hostname "sw-1"
module 1 type j9773a
password manager user-name "admin" sha1 "@"
password operator plaintext "@"
radius-server host 10.0.0.1 key "@"
radius-server host 10.0.0.2 encrypted-key "@"
tacacs-server key "@"
snmp-server community "@" operator
snmp-server host 10.0.0.3 community "@"
snmpv3 user "u" auth md5 "@" priv "@"
~
vlan 1
   exit
"""
HUAWEI = """\
sysname h1
~
aaa
 local-user admin password irreversible-cipher $1a$@'"@$
 local-user two password cipher %^%#@%^%#
 local-user three password simple @
super password level 3 cipher @
radius-server template one
 radius-server shared-key cipher @
hwtacacs-server template two
 hwtacacs-server shared-key @
ike peer one
 pre-shared-key cipher @
 pre-shared-key @
interface Vlanif1
 ospf authentication-mode md5 1 cipher @
 ospf authentication-mode simple plain @
snmp-agent community read cipher @
snmp-agent community write @
snmp-agent target-host trap address udp-domain 10.0.0.1 params securityname @ v2c
snmp-agent usm-user v3 u authentication-mode sha @ privacy-mode aes128 @
~
return
"""
FORTINET = """\
#config-version=FGVM64-7.2.4-FW-build1396-230131:opmode=0:vdom=0:user=admin
config system admin
    edit "admin"
        set accprofile "super_admin"
        set password ENC SH2@=
    next
end
config system snmp community
    edit 1
        set name "@"
    next
    edit 2
        set name "@"
    next
end
config user radius
    edit "one"
        set secret ENC @
        set secondary-secret "@"
    next
end
config vpn ipsec phase1-interface
    edit "one"
        set psksecret ENC @
        set psksecret @
    next
end
config wireless-controller vap
    edit "one"
        set passphrase "@"
    next
end
config vpn certificate local
    edit "one"
        set password ENC @
        set private-key "~"
    next
end
"""
PANOS = """\
config {
  mgt-config {
    users {
      admin {
        phash $5$@$@;
        phash @;
      }
    }
  }
  shared {
    server-profile {
      radius {
        one {
          secret -AQ==@=;
        }
      }
      ldap {
        bind-password "@";
      }
    }
    certificate {
      one {
        private-key "~";
      }
    }
  }
  devices {
    network {
      ike {
        pre-shared-key {
          key -AQ==@;
        }
      }
    }
    snmp-setting {
      access-setting {
        snmp-community-string @;
        authpwd @;
        privpwd @;
      }
    }
  }
}
"""
VYOS = """\
interfaces {
    wireguard wg0 {
        private-key @=
        peer one {
            preshared-key @=
        }
    }
    wireless wlan0 {
        security {
            wpa {
                passphrase "@"
            }
        }
    }
}
service {
    snmp {
        community @ {
            authorization ro
        }
        v3 {
            user u {
                auth {
                    encrypted-password @
                }
                privacy {
                    plaintext-password @
                }
            }
        }
    }
}
system {
    login {
        user vyos {
            authentication {
                encrypted-password $6$@$@
            }
        }
        radius {
            server 10.0.0.1 {
                key @
            }
        }
    }
}
vpn {
    ipsec {
        authentication {
            psk one {
                secret "@"
            }
        }
    }
}
protocols {
    bgp {
        neighbor 10.0.0.1 {
            password @
        }
    }
}
"""
LINUX = """\
==> /etc/hostname <==
one
==> /etc/netplan/1.yaml <==
      access-points: {net: {password: "@"}}
        password: @
==> /etc/systemd/network/wg.netdev <==
PrivateKey=@=
PresharedKey = @=
==> /etc/frr/frr.conf <==
password @
enable password @
 neighbor 10.0.0.1 password @
~
# end of configuration
"""
_TEXTS = {
    "cisco_ios": IOS,
    "cisco_xe": IOS,
    "cisco_xr": IOS,
    "arista_eos": IOS,
    "cisco_asa": ASA,
    "cisco_nxos": NXOS,
    "juniper_junos": JUNOS,
    "mikrotik_routeros": MIKROTIK,
    "hp_procurve": PROCURVE,
    "huawei": HUAWEI,
    "huawei_vrp": HUAWEI,
    "fortinet": FORTINET,
    "paloalto_panos": PANOS,
    "vyos": VYOS,
    "linux": LINUX,
    "dell_os9": further.OS9,
    "dell_os10": further.OS10,
    "ruckus_fastiron": further.FASTIRON,
    "aruba_aoscx": further.AOSCX,
    "hp_comware": further.COMWARE,
    "extreme_exos": further.EXOS,
    "nokia_sros": further.SROS,
    "checkpoint_gaia": further.GAIA,
}
PLATFORMS = sorted(_TEXTS)
CANARY = re.compile(r"Canary[A-Za-z0-9]{14}")


def canary(source: random.Random) -> str:
    """A new secret."""
    return "Canary" + "".join(source.choices(string.ascii_letters + string.digits, k=14))


def configuration(platform: str, seed: int = 0) -> str:
    """A whole configuration with secrets of every kind; a `~` line of its own in the text is a private key."""
    source = random.Random(f"{platform} {seed}")
    new = functools.partial(canary, source)
    text = re.sub(r'^~$|(?<=")~(?=")', lambda _: PEM.format(new(), new()), _TEXTS[platform].lstrip("\n"), flags=re.M)
    return re.sub("@", lambda _: new(), text)
