"""The same for further systems."""

OS9 = """\
! Version 9.14(2.9)
!
hostname sw-9
enable password 7 @
enable sha256-password level 15 8 @
username one password 7 @ privilege 15
username two secret 5 @
radius-server host 10.0.0.1 key 7 @
tacacs-server host 10.0.0.2 key 7 @
router bgp 65000
 neighbor 10.0.0.3 password 7 @
interface Vlan 2
 ip ospf message-digest-key 1 md5 7 @
 isis password hmac-md5 7 @
 vrrp-group 1
  authentication-type simple 7 @
router isis
 area-password 7 @
 domain-password hmac-md5 @
snmp-server community @ ro
snmp-server host 10.0.0.4 traps version 2c @ udp-port 162
snmp-server user one ops 3 encrypted auth md5 @ priv des56 @
snmp-server user two ops 3 auth sha @ priv aes128-cfb @ access acl
snmp-server user three ops 3 auth sha @
ntp authentication-key 1 md5 7 @
~
line vty 0
 password 7 @
end
"""
OS10 = """\
! Version 10.5.2.3
!
hostname sw-10
system-user linuxadmin password $6$@$@
username admin password @ role sysadmin priv-lvl 15
enable password sha-512 $6$@$@ priv-lvl 15
radius-server host 10.0.0.1 key 9 @
radius-server host 10.0.0.2 tls security-profile one key 9 @
tacacs-server host 10.0.0.3 key 9 @
router bgp 65000
 neighbor 10.0.0.4
  password 9 @
interface vlan2
 ip ospf message-digest-key 1 md5 9 @
 ip ospf authentication-key 9 @
 vrrp-group 1
  authentication simple-text @
snmp-server community @ ro
snmp-server host 10.0.0.5 traps version 2c @
snmp-server user one ops 3 encrypted auth sha @ priv aes @
snmp-server user two ops 3 localized auth md5 @ priv des @
ntp authentication-key 1 md5 9 @
~
"""
FASTIRON = """\
!
ver 08.0.95T211
hostname icx
enable super-user-password 8 $1$@$@
enable port-config-password 8 @
enable read-only-password @
username one password 8 @
username two privilege 5 create-password @
radius-server host 10.0.0.1 auth-port 1812 acct-port 1813 default key 2 @ dot1x mac-auth
radius-server key 2 $@==
tacacs-server host 10.0.0.2 auth-port 49 authentication-only key 2 @
tacacs-server key @
snmp-server community 2 $@= ro
snmp-server community @ rw
snmp-server host 10.0.0.3 version v2c 2 @
snmp-server host 10.0.0.4 @ port 162
snmp-server user one ops v3 access 1 encrypted auth sha @ priv encrypted aes @
snmp-server user two ops v3 auth md5 @
snmp-server user three ops v3 auth sha @ priv aes128 @
ntp
 authentication-key key-id 1 md5 2 @
router bgp
 neighbor 10.0.0.5 password 2 @
interface ve 2
 ip ospf authentication-key 2 @
 ip ospf md5-authentication key-id 1 key 2 @
 ip vrrp-extended auth-type simple-text-auth @
 ipv6 ospf authentication ipsec spi 300 esp sha1 no-encrypt 2 @
mka-cfg-group one
 pre-shared-key @ key-name 01
~
end
"""
AOSCX = """\
!
!Version ArubaOS-CX FL.10.13.1101
hostname cx
user admin group administrators password ciphertext AQBap@+/=
user two group operators password plaintext @
radius-server host 10.0.0.1 key ciphertext AQBap@= vrf mgmt
radius-server host 10.0.0.2 port 1812 key @
radius-server key plaintext @
tacacs-server host 10.0.0.3 key ciphertext @
radius dyn-authorization client 10.0.0.4 secret-key ciphertext @
snmp-server community @
snmp-server host 10.0.0.5 trap version v2c community @
snmpv3 user one auth sha auth-pass ciphertext @ priv aes priv-pass ciphertext @
snmpv3 user two auth sha auth-pass plaintext @ priv aes priv-pass plaintext @
ntp authentication-key 1 sha1 ciphertext @ trusted
ntp authentication-key 2 md5 @ trusted
keychain one
    key 1
        key-string ciphertext @
external-storage nas
    password ciphertext @
interface vlan 2
    ip ospf authentication-key ciphertext @
    ip ospf message-digest-key 1 md5 ciphertext @
    ip ospf message-digest-key 2 md5 @
    vrrp 1 address-family ipv4
        authentication text ciphertext @
router bgp 65000
    neighbor 10.0.0.6 password ciphertext @
macsec policy one
    mode pre-shared-key ckn 01 cak ciphertext @
~
https-server vrf mgmt
"""
COMWARE = """\
#
 version 7.1.070, Release 3507P02
#
 sysname acc
#
 super password role network-admin hash $h$6$@$@==
 super password level 3 cipher @
#
interface Vlan-interface2
 ospf authentication-mode md5 1 cipher $c$3$@==
 ospf authentication-mode simple plain @
 rip authentication-mode simple cipher @
 vrrp vrid 1 authentication-mode simple cipher @
#
bgp 65000
 peer 10.0.0.1 password cipher $c$3$@=
 peer 10.0.0.2 password simple @
#
 snmp-agent community read cipher $c$3$@=
 snmp-agent community write simple @
 snmp-agent community read @ acl 2000
 snmp-agent target-host trap address udp-domain 10.0.0.3 params securityname @ v2c
 snmp-agent usm-user v3 one ops cipher authentication-mode sha $c$3$@= privacy-mode aes128 @
 snmp-agent usm-user v3 two ops simple authentication-mode md5 @ privacy-mode des56 @
#
 ntp-service authentication-keyid 1 authentication-mode md5 cipher @
 ntp-service authentication-keyid 2 authentication-mode md5 @
#
keychain one mode absolute
 key 1
  key-string cipher @
#
ike keychain one
 pre-shared-key address 10.0.0.4 255.255.255.255 key cipher $c$3$@=
#
radius scheme one
 primary authentication 10.0.0.5 key cipher @
 key authentication cipher $c$3$@=
 key accounting simple @
 key authentication @
#
hwtacacs scheme two
 key authorization cipher @
#
line vty 0 4
 set authentication password cipher @
#
local-user one class manage
 password hash $h$6$@$@==
 service-type ssh
~
#
return
"""
EXOS = """\
#
# Module devmgr configuration.
#
configure snmp sysName "x"
create account admin "one" encrypted "$5$@$@"
create account user two encrypted @
configure account admin encrypted "@"
configure radius mgmt-access primary shared-secret encrypted "#$@=="
configure radius 1 shared-secret "@"
configure tacacs primary shared-secret encrypted "@"
configure bgp neighbor 10.0.0.1 password encrypted "@"
configure bgp neighbor 10.0.0.2 password "@"
configure ospf vlan "v" authentication encrypted md5 1 "@"
configure ospf vlan "v" authentication encrypted simple-password "@"
configure ospf vlan "v" authentication md5 1 "@"
configure isis area one domain-password encrypted simple "@"
configure ntp key 1 md5 encrypted "@"
configure ntp key 2 md5 @
configure netlogin mac username one password encrypted "@"
configure macsec connectivity-association one pre-shared-key ckn 01 cak encrypted @
configure snmpv3 add community "@" name "@" user "v1v2c_ro"
configure snmpv3 add community "@" encrypted name "@" user "v1v2c_rw"
configure snmp add community readonly "@"
configure snmp add community readwrite encrypted "@"
configure snmp add trapreceiver 10.0.0.3 community "@"
configure snmp add trapreceiver 10.0.0.4 port 162 community @ vr VR-Mgmt
configure snmpv3 add user "one" engine-id 80:00 authentication md5 auth-encrypted localized-key @ privacy aes 128 \
privacy-encrypted localized-key @
configure snmpv3 add user "two" engine-id 80:00 authentication sha auth-encrypted localized-key @ \
privacy privacy-encrypted localized-key @
configure snmpv3 add user three authentication sha @ privacy des @
configure snmpv3 add user four authentication md5 hex @ privacy hex @
~
"""
SROS = """\
# TiMOS-C-16.0.R4 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2018 Nokia.

exit all
configure
    system
        snmp
            community "@" hash2 access-permissions r version both
            community "@" access-permissions rw
            usm-community "@" hash2 group "one"
        exit
        security
            snmp
                trap-target "one" address 10.0.0.1 snmpv2c notify-community "@"
            exit
            password
                admin-password "$2y$10$@" hash2
            exit
            user "noc"
                password "$2y$10$@"
                snmp
                    authentication hmac-md5-96 @ privacy cbc-des @
                exit
            exit
            user "two"
                snmp
                    authentication hash md5 @ privacy des-key @
                exit
            exit
            user "three"
                snmp
                    authentication hash sha @
                exit
            exit
            radius
                server 1 address 10.0.0.2 secret "@" hash2
            exit
            tacplus
                server 1 address 10.0.0.3 secret "@"
            exit
            keychain "one"
                direction
                    bi
                        entry 0 key "@" hash2 algorithm hmac-sha-256
                    exit
                exit
            exit
        exit
        time
            ntp
                authentication-key 1 key "@" hash2 type message-digest
            exit
        exit
    exit
    router
        bgp
            authentication-key "@" hash2
        exit
        isis
            hello-authentication-key @ hash2
        exit
        ospf
            area 0.0.0.0
                interface "one"
                    message-digest-key 1 md5 "@" hash2
                    message-digest-key 2 md5 "@"
                exit
            exit
        exit
    exit
    ipsec
        pre-shared-key "@"
    exit
~
exit all
"""
GAIA = """\
#
# Configuration of fw
# Language version: 14.1v1
#
set expert-password-hash $6$@$@
set grub2-password-hash grub.pbkdf2.sha512.10000.@
set hostname fw
add user one uid 2600 homedir /home/one
set user one password-hash $6$@$@
set user two password-hash @
add aaa radius-servers priority 1 host 10.0.0.1 port 1812 secret @ timeout 3
add aaa tacacs-servers priority 1 server 10.0.0.2 key @ timeout 5
set snmp community @ read-only
add snmp community @ read-write
set snmp traps receiver 10.0.0.3 version v2 community @
add snmp traps receiver 10.0.0.4 version v1 community @
add snmp usm user one security-level authPriv auth-pass-phrase-hashed @ privacy-pass-phrase-hashed @
add snmp usm user two security-level authPriv auth-pass-phrase @ privacy-pass-phrase @ privacy-protocol AES
set ospf interface eth1 authtype md5 key 1 secret @
set ospf interface eth2 authtype simple @
set bgp external remote-as 65001 peer 10.0.0.5 authtype md5 secret @
set rip interface eth1 authtype simple @
set mcvr vrid 1 password @
add backup-scheduled name one scp ip 10.0.0.6 path /a username one password plain @
add pppoe client id 1 interface eth3 username one password @
~
set web ssl-port 443
"""
