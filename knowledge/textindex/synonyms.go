package textindex

import (
	"slices"
	"strings"
	"sync"
)

// related lists words that people who run systems use for each other, a group
// a line: the question says "machine", the runbook "node". They are general on
// purpose; names of products and teams don't belong here. A word may stand in
// several groups; relations don't reach from one group into the next.
const related = `
	delete remove erase purge destroy drop discard clean clear wipe teardown
	dismantle teardown destroy delete decommission
	create make add provision generate new
	restart reboot bounce reload
	stop halt shutdown kill terminate off poweroff
	start launch boot run begin trigger startup
	fail failure error fault broken break wrong faulty
	crash crashloop crashlooping abort panic die dead
	slow sluggish latency delay lag degraded performance
	node host machine server instance worker box vm
	vm guest virtual instance
	disk volume storage drive filesystem pvc pv
	filesystem fs
	memory ram oom swap heap
	cpu processor core
	alert alarm page notification warning fire
	fix repair remedy resolve solve solution mitigation mitigate workaround cure correct
	cause reason root culprit
	outage downtime incident unavailable down disruption interruption
	incident problem issue emergency
	investigate diagnose debug troubleshoot diagnosis inspect
	certificate cert tls ssl x509
	expire lapse expiry expired expiration
	credential key token secret password passphrase
	secret vault
	rotate renew replace rotation renewal
	revoke invalidate cancel
	cancel abort revoke stop
	login signin authenticate authentication auth sso
	permission access privilege right role grant authorization rbac mode
	deny refuse reject forbid forbidden denied disallow decline permission
	database db datastore
	queue backlog pending
	deploy deployment release rollout ship install
	rollback revert undo restore back
	upgrade update bump patch
	config configuration setting parameter option configure setup
	flag switch gate toggle feature
	default initial
	limit threshold cap quota maximum max ceiling
	minimum least min lowest
	increase raise grow enlarge expand resize bump
	decrease reduce shrink lower cut
	enable activate turn
	disable deactivate off skip pause suspend
	pause suspend freeze
	verify check confirm inspect validate examine ensure
	list show display view print
	command cli script tool
	backup snapshot dump copy mirror
	restore recover recovery
	block ban blacklist denylist
	throttle ratelimit rate
	ip address cidr subnet
	dns domain hostname
	firewall waf
	loadbalancer lb balancer elb alb nlb ingress
	leader primary master
	replica secondary standby follower slave
	pod workload container replica
	schedule cron cronjob scheduled nightly daily
	job task
	evict preempt eviction
	stuck hang hung freeze blocked
	full exhausted saturated exhaustion saturation
	space capacity room
	orphan stale leftover dangling unused
	migrate move migration transfer relocate
	repo repository
	pipeline ci concourse workflow
	user customer client
	account tenant
	exempt exclude except exclusion exception skip ignore
	lock lease hold
	oncall pager duty rota
	pay payment allowance compensation salary
	leak expose exposed compromise
	attack ddos flood abuse
	owner ownership team
	decide decision adr choose
	split separate divide break
	announce communicate notify inform publish
	record entry row
	image picture
	edit change modify modification
	template blueprint boilerplate
	override overwrite revert
	often frequency interval period
	time duration hour minute
	size big large
	lose loss lost
	missing absent lack
	lead manager commander
	find locate search
	forget miss omit
	connect connection network connectivity
	reach access connect
	crawl scrape spider
	log logs audit logging
	metric measurement counter gauge monitoring
	dashboard graph chart panel
	cluster installation environment
	namespace project
	traffic request load
	request call query
	response answer reply
	message mail email
	quiet silent silence mute
	duplicate twice double
	random intermittent flaky sporadic
	old older legacy previous obsolete deprecated outdated
	recent latest new
	wait timeout grace
	timeout 504
	gateway 502
	unavailable 503
	forbidden 403
	missing 404
	throttle 429
	unauthorized 401
	cloud aws amazon gcp azure
	gcp google
	kubernetes k8s cluster
	postgres postgresql pg
	elasticsearch elastic es opensearch
	night overnight
	encrypt encryption cipher
	folder directory path
	file document
	spread distribute balance
	equal even balanced
	upstream vendor provider supplier
	bug defect issue
	manual hand
	automatic auto automatically automated
	production prod live
	staging stage nonprod test
	development dev
	approve approval review
	join onboard onboarding
	leave offboard leaver departure
	send forward push deliver
	receive accept
	write store save persist
	keep retain retention
	empty blank
	purchase buy cost price billing
	healthy ready alive
	unhealthy unready notready
	drain cordon evacuate
	attach mount
	detach unmount
	probe healthcheck liveness readiness
	accident mistake inadvertent unintended
	ahead advance before
	allow permit let
	amount number count total
	anomaly unusual abnormal strange unexpected
	artifact package build binary
	assign allocate give
	attempt try retry
	bandwidth throughput
	batch bulk
	benefit advantage
	bottleneck contention saturation
	bucket s3 storage
	call invoke
	capture collect gather
	chart helm
	choice alternative option
	cleanup garbage prune gc
	collision conflict clash
	communicate slack channel
	compare difference differ versus
	complete finish end
	compress gzip zip
	concurrent parallel simultaneous
	consume use usage utilization
	consumer subscriber reader
	producer publisher writer
	contact escalate reach
	corrupt damage corruption
	count tally total
	crd resource
	critical urgent severe severity
	decode parse decrypt
	dependency upstream requirement
	describe explain document
	detect notice discover spot recognise
	discussion meeting call
	drift diverge difference
	edge cdn cache
	effect impact consequence
	eliminate remove
	employee staff colleague person
	endpoint url route
	ephemeral temporary transient
	escalate hand
	estimate calculate compute
	event occurrence
	fetch pull download get
	fill full
	fork copy branch
	gap hole
	goal objective target slo
	guard protect protection
	guide runbook playbook instruction documentation
	id identifier uid
	immediately instant promptly straight
	inactive idle unused
	index shard
	inherit derive
	insert add
	inspect look
	interface api
	invalid malformed bad wrong
	isolate isolation quarantine
	junk spam
	label tag annotation
	link url
	log trace
	loop cycle
	maintenance upkeep
	malicious attacker abuse
	merge combine join
	monitor watch observe
	mutate modify
	nameserver dns resolver
	notification alert
	obtain get retrieve fetch
	optional voluntary
	order sequence
	outdated stale
	overload load pressure
	package dependency module library
	page site website
	partition shard slice
	permanent persistent durable
	phase stage step
	pick choose select
	place location
	plan roadmap proposal
	port socket listener
	postmortem retrospective incident
	prepare setup
	prevent avoid stop
	primary main
	priority precedence
	private internal
	procedure process step
	promote promotion failover
	proof verification challenge
	public external
	push publish
	quick fast rapid
	reason rationale motivation
	reconcile sync synchronize
	reduce mitigate
	register registration enrol
	registry repository
	reject drop
	replace substitute swap
	reserve allocate
	respond react
	responsible owner
	retire deprecate decommission sunset
	revision version
	risk danger hazard
	rule policy
	safe secure
	sandbox isolated
	scan search
	scrap discard
	screen page
	secure security harden
	select choose
	session connection
	severity priority
	share common
	shortage lack insufficient
	sign symptom
	signal sigterm
	similar alike identical
	spec specification
	spike surge burst peak
	stop cease
	stream flow
	subset part
	suffer affect impact
	supported compatible
	suspicious malicious
	symptom sign
	sync replicate
	teammate colleague
	test trial
	thread goroutine
	tool utility
	topic queue
	track follow
	trust verify
	unavailable unreachable
	unusable broken
	uninstall remove
	unlock release
	usage consumption utilization
	validate validation
	vanish disappear lost gone
	version release
	warn alert
	workload application service app
	app application
	svc service
	config cfg
	env environment
	perm permission
	sre engineer operator
	admin administrator
	auth oauth oidc
	org organisation organization
	spec definition manifest
	manifest yaml
	mins minutes
	secs seconds
	ha redundancy highly
	failover switchover
	k8s kube
	pr merge
	ticket issue
`

// synonyms gives, for a term, the terms related to it.
var synonyms = sync.OnceValue(func() map[string][]string {
	all := make(map[string][]string)
	for line := range strings.Lines(related) {
		group := Terms(line)
		for _, term := range group {
			for _, other := range group {
				if other != term && !slices.Contains(all[term], other) {
					all[term] = append(all[term], other)
				}
			}
		}
	}
	return all
})
