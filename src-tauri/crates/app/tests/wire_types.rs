//! Generates the UI's types from the Rust ones, and fails when the file in the tree has drifted.
//!
//! `CURLEW_WRITE_TYPES=1` writes the file instead (`cargo xtask types`).

use curlew_app::wire;
use curlew_record::view;
use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use ts_rs::{Config, TS, TypeVisitor};

#[derive(Default)]
struct Declarations {
    seen: HashSet<TypeId>,
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let config = Config::default();
            let docs = T::docs()
                .map(|docs| docs.replace("\r\n", "\n"))
                .unwrap_or_default();
            self.by_name
                .insert(T::name(&config), format!("{docs}export {}", T::decl(&config)));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn generated() -> String {
    let mut declarations = Declarations::default();
    declarations.visit::<wire::Status>();
    declarations.visit::<wire::CaseloadView>();
    declarations.visit::<wire::ProofSheet>();
    declarations.visit::<wire::LoadEstimate>();
    declarations.visit::<wire::Launched>();
    declarations.visit::<wire::PastedList>();
    declarations.visit::<wire::FindQuery>();
    declarations.visit::<wire::FindResult>();
    declarations.visit::<wire::AccessLog>();
    declarations.visit::<wire::WhatWasShown>();
    declarations.visit::<wire::Moments>();
    declarations.visit::<wire::SectionScreen>();
    declarations.visit::<wire::RecordClosed>();
    declarations.visit::<wire::PatientPage>();
    declarations.visit::<wire::ListPage>();
    declarations.visit::<wire::PrintStage>();
    declarations.visit::<wire::PrintWords>();
    declarations.visit::<wire::ErrorView>();
    declarations.visit::<wire::Settings>();
    declarations.visit::<wire::About>();
    declarations.visit::<wire::Notices>();
    declarations.visit::<wire::UpdateCheck>();
    declarations.visit::<wire::SupportBundle>();
    declarations.visit::<view::PatientView>();
    declarations.visit::<view::TimelineIndex>();
    declarations.visit::<view::TimelineGroups>();
    declarations.visit::<view::TimelineFilter>();
    declarations.visit::<view::TimelinePage>();
    declarations.visit::<view::Medicines>();
    declarations.visit::<view::Results>();
    declarations.visit::<view::Sections>();
    declarations.visit::<view::Gaps>();
    declarations.visit::<view::SourceView>();
    declarations.visit::<view::DocumentContent>();

    let mut file = String::from("// Generated from the Rust types by `cargo xtask types`. Do not edit.\n\n");
    for declaration in declarations.by_name.values() {
        file.push_str(declaration);
        file.push_str("\n\n");
    }
    file.push_str("/** Every command: its arguments and its answer. Each rejects with ErrorView. */\n");
    file.push_str("export interface Commands {\n");
    for command in wire::COMMANDS {
        let _ = writeln!(
            file,
            "  {}: {{ args: {}; answer: {} }};",
            command.name, command.arguments, command.answer
        );
    }
    file.push_str("}\n\n/** Events pushed to the window. */\nexport interface Events {\n");
    for (name, payload) in wire::EVENTS {
        let _ = writeln!(file, "  {name}: {payload};");
    }
    file.push_str("}\n");
    file.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

#[test]
fn generated_types_are_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/lib/generated/wire.ts");
    let wanted = generated();
    if std::env::var_os("CURLEW_WRITE_TYPES").is_some() {
        std::fs::create_dir_all(path.parent().expect("the file has a folder"))
            .expect("the folder can be made");
        std::fs::write(&path, &wanted).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "ui/src/lib/generated/wire.ts is out of date: run `cargo xtask types`"
    );
}

#[test]
fn every_answer_named_in_the_command_list_is_declared() {
    let file = generated();
    for command in wire::COMMANDS {
        let name = command.answer.trim_end_matches(" | null");
        assert!(
            name == "null" || file.contains(&format!("export type {name} =")),
            "{} answers {name}, which is not declared",
            command.name
        );
    }
}
