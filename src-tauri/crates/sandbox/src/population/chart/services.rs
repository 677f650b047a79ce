//! Contacts with services: encounters, appointments, episodes, referrals, tasks, teams, flags, plans.

use serde_json::{Value, json};

use super::super::calendar::{clock, plus};
use super::super::organisations::Feed;
use super::super::problems::Term;
use super::Chart;

/// One contact.
pub(in super::super) struct Visit<'a> {
    pub(in super::super) ago: i64,
    pub(in super::super) time: &'a str,
    /// v3 ActCode: `AMB` clinic, `HH` home, `IMP` inpatient, `EMER` emergency, `VR` telephone or video, `FLD` on scene.
    pub(in super::super) class: &'a str,
    /// What the timeline should say.
    pub(in super::super) title: &'a str,
    /// Why, in a few words.
    pub(in super::super) reason: &'a str,
    /// Days it lasted; `None` while it goes on.
    pub(in super::super) days: Option<i64>,
}

impl<'a> Visit<'a> {
    /// A contact of less than a day.
    pub(in super::super) fn short(ago: i64, class: &'a str, title: &'a str, reason: &'a str) -> Self {
        Self {
            ago,
            time: clock(ago),
            class,
            title,
            reason,
            days: Some(0),
        }
    }
}

impl Chart {
    /// A contact with a service, by the `job`-th of its people.
    pub(in super::super) fn visit(
        &mut self,
        feed: Feed,
        name: &str,
        job: usize,
        visit: &Visit<'_>,
    ) -> String {
        let organisation = self.organisation(feed);
        let mut period = json!({"start": self.calendar.at(visit.ago, visit.time)});
        let (status, ended) = match visit.days {
            Some(days) => {
                let last = (visit.ago - days).max(0);
                let time = match (days, last) {
                    (0, _) => plus(visit.time, 25),
                    (_, 0) => "00:40".to_owned(),
                    _ => "14:30".to_owned(),
                };
                period["end"] = json!(self.calendar.at(last, &time));
                ("finished", last)
            }
            None => ("in-progress", visit.ago),
        };
        let display = match visit.class {
            "AMB" => "ambulatory",
            "HH" => "home health",
            "IMP" => "inpatient encounter",
            "EMER" => "emergency",
            "VR" => "virtual",
            "FLD" => "field",
            _ => "",
        };
        let resource = json!({
            "resourceType": "Encounter",
            "status": status,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": visit.class, "display": display},
            "type": [{"text": visit.title}],
            "serviceType": {"text": organisation.service},
            "participant": [{"individual": self.by(feed, job)}],
            "period": period,
            "reasonCode": [{"text": visit.reason}],
            "location": [{"location": {"reference": format!("Location/{}-place", organisation.id), "display": organisation.place}}],
            "serviceProvider": self.at(feed),
        });
        self.put(feed, name, ended, resource)
    }

    /// An appointment; `ago` is negative for one to come.
    pub(in super::super) fn appointment(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        job: usize,
        what: &str,
    ) -> String {
        let (status, time) = if ago < 0 {
            ("booked", "10:30")
        } else {
            ("fulfilled", "10:30")
        };
        let organisation = self.organisation(feed);
        let booked = self.in_life(ago.max(0) + 21);
        let resource = json!({
            "resourceType": "Appointment",
            "status": status,
            "serviceType": [{"text": what}],
            "description": what,
            "start": self.calendar.at(ago, time),
            "end": self.calendar.at(ago, "10:50"),
            "minutesDuration": 20,
            "created": self.calendar.at(booked, "09:05"),
            "participant": [
                {"actor": self.me(), "status": "accepted"},
                {"actor": self.by(feed, job), "status": "accepted"},
                {"actor": {"reference": format!("Location/{}-place", organisation.id), "display": organisation.place}, "status": "accepted"},
            ],
        });
        self.put(feed, name, booked, resource)
    }

    /// A stretch of care by one team.
    pub(in super::super) fn episode(
        &mut self,
        feed: Feed,
        name: &str,
        from: i64,
        until: Option<i64>,
        what: &str,
    ) -> String {
        let mut period = json!({"start": self.calendar.day(from)});
        if let Some(until) = until {
            period["end"] = json!(self.calendar.day(until));
        }
        let resource = json!({
            "resourceType": "EpisodeOfCare",
            "status": if until.is_some() { "finished" } else { "active" },
            "type": [{"text": what}],
            "managingOrganization": self.at(feed),
            "period": period,
            "careManager": self.by(feed, 0),
        });
        self.put(feed, name, until.unwrap_or(from), resource)
    }

    /// A referral from one service to another.
    pub(in super::super) fn referral(
        &mut self,
        feed: Feed,
        to: Feed,
        name: &str,
        ago: i64,
        what: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "priority": "routine",
            "category": [{"text": "Referral"}],
            "code": {"text": what},
            "authoredOn": self.calendar.at(ago, if ago == 0 { "00:30" } else { "16:45" }),
            "requester": self.by(feed, 0),
            "performer": [self.at(to)],
        });
        self.put(feed, name, ago, resource)
    }

    /// A job somebody still has to do, or has done.
    pub(in super::super) fn task(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        status: &str,
        what: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "Task", "status": status, "intent": "order", "description": what, "code": {"text": what},
            "authoredOn": self.calendar.at(ago, if ago == 0 { "00:30" } else { "16:50" }),
            "requester": self.by(feed, 0), "owner": self.at(feed),
        });
        self.put(feed, name, ago, resource)
    }

    /// A message between services.
    pub(in super::super) fn message(
        &mut self,
        feed: Feed,
        to: Feed,
        name: &str,
        ago: i64,
        text: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "Communication", "status": "completed", "sent": self.calendar.at(ago, if ago == 0 { "00:30" } else { "17:05" }),
            "sender": self.by(feed, 0), "recipient": [self.at(to)], "payload": [{"contentString": text}],
        });
        self.put(feed, name, ago, resource)
    }

    /// A warning everybody should see. `category` is HL7's flag category, for example `safety` or `clinical`.
    pub(in super::super) fn flag(
        &mut self,
        feed: Feed,
        name: &str,
        since: i64,
        category: &str,
        what: Term,
    ) -> String {
        let resource = json!({
            "resourceType": "Flag",
            "status": "active",
            "category": [super::hl7("flag-category", category)],
            "code": what.concept(),
            "period": {"start": self.calendar.day(since)},
            "author": self.by(feed, 0),
        });
        self.put(feed, name, since, resource)
    }

    /// A plan with its activities, each in words.
    pub(in super::super) fn plan(
        &mut self,
        feed: Feed,
        name: &str,
        since: i64,
        (title, category): (&str, Value),
        activities: &[&str],
    ) -> String {
        let activities: Vec<_> = activities
            .iter()
            .map(|text| json!({"detail": {"status": "in-progress", "description": text}}))
            .collect();
        let resource = json!({
            "resourceType": "CarePlan", "status": "active", "intent": "plan", "title": title, "category": [category],
            "period": {"start": self.calendar.day(since)}, "created": self.calendar.day(since),
            "author": self.by(feed, 0), "activity": activities,
        });
        self.put(feed, name, since, resource)
    }

    /// Something the person wants to reach.
    pub(in super::super) fn goal(&mut self, feed: Feed, name: &str, since: i64, what: &str) -> String {
        let resource = json!({
            "resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": what},
            "startDate": self.calendar.day(since), "expressedBy": self.me(),
        });
        self.put(feed, name, since, resource)
    }

    /// A named team; members are feeds with the number of their job.
    pub(in super::super) fn team(
        &mut self,
        name: &str,
        since: i64,
        title: &str,
        members: &[(Feed, usize, &str)],
    ) -> String {
        let participants: Vec<_> = members
            .iter()
            .map(|(feed, job, role)| json!({"role": [{"text": role}], "member": self.by(*feed, *job), "onBehalfOf": self.at(*feed)}))
            .collect();
        let feed = members.first().map_or(Feed::Gp, |(feed, ..)| *feed);
        let resource = json!({
            "resourceType": "CareTeam", "status": "active", "name": title, "period": {"start": self.calendar.day(since)},
            "participant": participants, "managingOrganization": [self.at(feed)],
        });
        self.put(feed, name, since, resource)
    }

    /// Somebody close to the patient.
    pub(in super::super) fn contact(
        &mut self,
        feed: Feed,
        name: &str,
        (relationship, given, family): (&str, &str, &str),
        note: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "RelatedPerson", "active": true, "relationship": [{"text": relationship}, {"text": note}],
            "name": [{"family": family, "given": [given]}],
            "telecom": [{"system": "phone", "value": "07700 900123", "use": "mobile"}],
        });
        self.put(feed, name, 60, resource)
    }

    /// The patient's decision on sharing. `decision` is `permit` or `deny`.
    pub(in super::super) fn consent(&mut self, name: &str, since: i64, decision: &str) -> String {
        let resource = json!({
            "resourceType": "Consent",
            "status": "active",
            "scope": super::hl7("consentscope", "patient-privacy"),
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}],
            "dateTime": self.calendar.at(since, if since == 0 { "00:15" } else { "11:25" }),
            "performer": [self.me()],
            "organization": [self.at(Feed::Gp)],
            "policyRule": super::hl7("v3-ActCode", "OPTIN"),
            "provision": {
                "type": decision,
                "period": {"start": self.calendar.day(since)},
                "purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT", "display": "treatment"}],
            },
        });
        self.put(Feed::Gp, name, since, resource)
    }
}
