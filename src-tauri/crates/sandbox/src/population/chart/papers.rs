//! Documents, notes and lists.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::super::calendar::{clock, plus};
use super::super::documents;
use super::super::organisations::Feed;
use super::super::problems::Term;
use super::{Chart, hl7};

impl Chart {
    /// A letter as a PDF. Returns the DocumentReference.
    pub(in super::super) fn letter(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        title: &str,
        paragraphs: &[&str],
    ) -> String {
        let file = documents::pdf(title, paragraphs);
        self.document(feed, name, ago, title, ("application/pdf", &file))
    }

    /// A note as plain text. Returns the DocumentReference.
    pub(in super::super) fn plain(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        title: &str,
        text: &str,
    ) -> String {
        self.document(
            feed,
            name,
            ago,
            title,
            ("text/plain; charset=utf-8", text.as_bytes()),
        )
    }

    /// A wound photograph. Returns the DocumentReference.
    pub(in super::super) fn photo(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        title: &str,
        millimetres: (u32, u32),
    ) -> String {
        let file = documents::wound_photo(millimetres.0, millimetres.1);
        self.document(feed, name, ago, title, ("image/png", &file))
    }

    fn document(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        title: &str,
        (media, file): (&str, &[u8]),
    ) -> String {
        let binary = self.put(feed, &format!("{name}-file"), ago, json!({
            "resourceType": "Binary", "contentType": media, "securityContext": self.me(), "data": STANDARD.encode(file),
        }));
        let when = self.calendar.at(ago, if ago == 0 { "00:35" } else { "16:20" });
        let resource = json!({
            "resourceType": "DocumentReference",
            "status": "current",
            "docStatus": "final",
            "type": {"text": title},
            "category": [{"text": "Correspondence"}],
            "date": when,
            "author": [self.by(feed, 0)],
            "custodian": self.at(feed),
            "description": title,
            "content": [{"attachment": {
                "contentType": media, "url": binary, "title": title, "size": file.len(), "creation": when,
            }}],
            "context": {"practiceSetting": {"text": self.organisation(feed).service}, "period": {"start": when}},
        });
        self.put(feed, name, ago, resource)
    }

    /// A consultation or summary in sections of words.
    pub(in super::super) fn composition(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        (title, encounter): (&str, Option<&str>),
        sections: &[(&str, &str)],
    ) -> String {
        let sections: Vec<_> = sections
            .iter()
            .map(|(heading, text)| {
                json!({
                    "title": heading,
                    "text": {"status": "additional", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{text}</p></div>")},
                })
            })
            .collect();
        let mut resource = json!({
            "resourceType": "Composition", "status": "final", "type": {"text": title}, "title": title,
            "date": self.calendar.at(ago, &plus(clock(ago), 20)), "author": [self.by(feed, 0)],
            "custodian": self.at(feed), "section": sections,
        });
        if let Some(encounter) = encounter {
            resource["encounter"] = json!({"reference": encounter});
        }
        self.put(feed, name, ago, resource)
    }

    /// A form filled in: `answers` are question and answer.
    pub(in super::super) fn form(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        form: &str,
        answers: &[(&str, &str)],
    ) -> String {
        let items: Vec<_> = answers
            .iter()
            .enumerate()
            .map(|(at, (question, answer))| json!({"linkId": (at + 1).to_string(), "text": question, "answer": [{"valueString": answer}]}))
            .collect();
        let resource = json!({
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "questionnaire": format!("https://sandbox.curlew.example/Questionnaire/{form}"),
            "authored": self.calendar.at(ago, &plus(clock(ago), 15)),
            "author": self.by(feed, 0),
            "item": items,
        });
        self.put(feed, name, ago, resource)
    }

    /// A list of things already written.
    pub(in super::super) fn list(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        title: Term,
        entries: &[&str],
    ) -> String {
        let mut resource = json!({
            "resourceType": "List", "status": "current", "mode": "snapshot", "title": title.text, "code": title.concept(),
            "date": self.calendar.at(ago, &plus(clock(ago), 15)), "source": self.by(feed, 0),
        });
        if !entries.is_empty() {
            resource["entry"] = entries
                .iter()
                .map(|it| json!({"item": {"reference": it}}))
                .collect::<Value>();
        }
        self.put(feed, name, ago, resource)
    }

    /// An assessment of a risk, in words.
    pub(in super::super) fn risk(
        &mut self,
        feed: Feed,
        name: &str,
        ago: i64,
        what: Term,
        outcome: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "RiskAssessment", "status": "final", "code": what.concept(),
            "occurrenceDateTime": self.calendar.day(ago), "performer": self.by(feed, 0),
            "prediction": [{"outcome": {"text": outcome}}], "mitigation": "See plan",
        });
        self.put(feed, name, ago, resource)
    }

    /// A clinician's formulation or overall impression.
    pub(in super::super) fn impression(&mut self, feed: Feed, name: &str, ago: i64, summary: &str) -> String {
        let resource = json!({
            "resourceType": "ClinicalImpression", "status": "completed", "description": "Formulation",
            "effectiveDateTime": self.calendar.day(ago), "date": self.calendar.day(ago), "assessor": self.by(feed, 0),
            "summary": summary,
        });
        self.put(feed, name, ago, resource)
    }

    /// Equipment in use.
    pub(in super::super) fn equipment(&mut self, feed: Feed, name: &str, since: i64, what: &str) -> String {
        let device = self.put(
            feed,
            &format!("{name}-device"),
            since,
            json!({
                "resourceType": "Device", "status": "active", "type": {"text": what},
                "deviceName": [{"name": what, "type": "user-friendly-name"}],
            }),
        );
        let resource = json!({
            "resourceType": "DeviceUseStatement", "status": "active", "device": {"reference": device, "display": what},
            "timingPeriod": {"start": self.calendar.day(since)}, "recordedOn": self.calendar.day(since), "source": self.by(feed, 0),
        });
        self.put(feed, name, since, resource)
    }

    /// Who recorded something and when, where that is not when it happened.
    pub(in super::super) fn provenance(
        &mut self,
        feed: Feed,
        name: &str,
        (happened, recorded): (i64, i64),
        target: &str,
    ) -> String {
        let resource = json!({
            "resourceType": "Provenance",
            "target": [{"reference": target}],
            "occurredDateTime": self.calendar.day(happened),
            "recorded": self.calendar.at(recorded, if recorded == 0 { "00:35" } else { "12:00" }),
            "activity": hl7("v3-DataOperation", "CREATE"),
            "agent": [{"type": hl7("provenance-participant-type", "author"), "who": self.by(feed, 0), "onBehalfOf": self.at(feed)}],
        });
        self.put(feed, name, recorded, resource)
    }
}
