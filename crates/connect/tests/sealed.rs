//! Sealed documents: what opens, and everything that must not.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use connect::sealed::{
    CHUNK_BYTES, HEADER_BYTES, Key, Keys, MAGIC, Opener, Place, SealedError, Sealer, open, plain_length,
    seal, sealed_length,
};
use proptest::prelude::*;

const HERE: Place<'static> = Place { organisation: "org-1", name: "org-1/01jabc" };

/// A key of 32 bytes that count up from `first`.
fn key(first: u8) -> Key {
    Key::from_bytes(&std::array::from_fn(|i| first + i as u8))
}

fn keys() -> Keys {
    Keys::new(key(0))
}

fn open_here(keys: &Keys, stored: impl Into<Bytes>) -> Result<Bytes, SealedError> {
    open(keys, &HERE, stored.into())
}

#[test]
fn a_document_opens_as_it_was_and_shows_nothing_while_sealed() {
    let plain = b"Dear colleague, thank you for seeing this patient.";
    let sealed = seal(&keys(), &HERE, plain).unwrap();
    assert_eq!(sealed.len() as u64, sealed_length(plain.len() as u64));
    assert!(sealed.starts_with(&MAGIC));
    assert!(!sealed.windows(4).any(|w| plain.windows(4).any(|p| p == w)));
    assert_ne!(sealed, seal(&keys(), &HERE, plain).unwrap(), "each document has a key of its own");
    assert_eq!(open_here(&keys(), sealed).unwrap(), plain.as_slice());
    let empty = seal(&keys(), &HERE, b"").unwrap();
    assert_eq!(empty.len(), HEADER_BYTES + 16);
    assert_eq!(open_here(&keys(), empty).unwrap(), "");
}

#[test]
fn a_document_sealed_by_another_program_after_the_description_opens() {
    // Written with Python's `cryptography` 50.0.2 (OpenSSL) from the table in the module's documentation: our key
    // 00..1f, data key 40..5f, nonce c8..d3.
    let sealed = hex::decode(concat!(
        "89574d444f431a0a01819b820904f4fddcc8c9cacbcccdcecfd0d1d2d351392398c289bd673c7555f5524ba5",
        "5bb0d6befb503efe73b5f061ba86ccf5b6fdbccff45e06f318b01a8c48ee5f4459f28e1f54e6d281333e06e2",
        "f286cb452f5b8233c4a1055674e4",
    ))
    .unwrap();
    assert_eq!(open_here(&keys(), sealed).unwrap(), "A letter.");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let sealed = seal(&keys(), &HERE, &[7; 50]).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = open_here(&keys(), flipped).unwrap_err();
        let expected = match bit / 8 {
            0..8 => matches!(error, SealedError::NotSealed),
            8 => matches!(error, SealedError::UnknownVersion(_)),
            9..17 => matches!(error, SealedError::UnknownKey(_)),
            _ => error == SealedError::Altered,
        };
        assert!(expected, "bit {bit}: {error:?}");
    }
}

#[test]
fn what_is_cut_or_lengthened_anywhere_is_noticed() {
    let sealed = seal(&keys(), &HERE, &[7; 50]).unwrap();
    for length in 0..sealed.len() {
        let error = open_here(&keys(), sealed[..length].to_vec()).unwrap_err();
        let expected = if length < 8 { SealedError::NotSealed } else { SealedError::Altered };
        assert_eq!(error, expected, "{length} bytes");
    }
    assert_eq!(open_here(&keys(), [&sealed[..], &[0]].concat()), Err(SealedError::Altered));
    assert_eq!(open_here(&keys(), [&sealed[..], &sealed[..]].concat()), Err(SealedError::Altered));
}

#[test]
fn chunks_left_out_exchanged_or_taken_from_elsewhere_are_noticed() {
    const SEALED_CHUNK: usize = CHUNK_BYTES + 16;
    let plain: Vec<u8> = (0..CHUNK_BYTES * 3).map(|i| (i / CHUNK_BYTES) as u8).collect();
    let sealed = seal(&keys(), &HERE, &plain).unwrap();
    let (header, body) = sealed.split_at(HEADER_BYTES);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK).collect();
    let check = |chunks: &[&[u8]]| open_here(&keys(), [header, &chunks.concat()].concat());
    assert_eq!(check(&chunks).unwrap(), plain);
    // Cut exactly where a chunk ends.
    assert_eq!(check(&chunks[..2]), Err(SealedError::Altered));
    assert_eq!(check(&[]), Err(SealedError::Altered));
    assert_eq!(check(&[chunks[0], chunks[2]]), Err(SealedError::Altered));
    assert_eq!(check(&[chunks[1], chunks[0], chunks[2]]), Err(SealedError::Altered));
    assert_eq!(check(&[chunks[0], chunks[1], chunks[2], chunks[2]]), Err(SealedError::Altered));
    let other = seal(&keys(), &HERE, &plain).unwrap();
    let foreign = &other[HEADER_BYTES..][..SEALED_CHUNK];
    assert_eq!(check(&[foreign, chunks[1], chunks[2]]), Err(SealedError::Altered));
}

#[test]
fn a_document_opens_under_its_own_name_only() {
    let sealed = seal(&keys(), &HERE, b"x").unwrap();
    for (organisation, name) in [
        ("org-1", "org-1/01jabd"),
        ("org-2", "org-1/01jabc"),
        ("org-2", "org-2/01jabc"),
        ("", "org-1/01jabc"),
        // The same letters, divided otherwise.
        ("org-1o", "rg-1/01jabc"),
    ] {
        let there = Place { organisation, name };
        assert_eq!(open(&keys(), &there, sealed.clone().into()), Err(SealedError::Altered), "{there:?}");
    }
    assert_eq!(Place::of_key("org-1/01jabc"), HERE);
    assert_eq!(Place::of_key("a/b/c"), Place { organisation: "a", name: "a/b/c" });
    assert_eq!(Place::of_key("a"), Place { organisation: "", name: "a" });
}

#[test]
fn after_a_rotation_the_older_key_opens_and_the_new_one_seals() {
    let before = seal(&keys(), &HERE, b"before").unwrap();
    let rotated = Keys::new(key(100)).with_older([key(50), key(0)]);
    assert_eq!(open_here(&rotated, before.clone()).unwrap(), "before");
    let after = seal(&rotated, &HERE, b"after").unwrap();
    assert_eq!(open_here(&Keys::new(key(100)), after.clone()).unwrap(), "after");
    assert_eq!(open_here(&keys(), after), Err(SealedError::UnknownKey(key(100).id())));
    let retired = open_here(&Keys::new(key(100)), before).unwrap_err();
    assert_eq!(retired, SealedError::UnknownKey(key(0).id()));
    assert!(retired.to_string().contains(&key(0).id().to_string()), "{retired}");
}

#[test]
fn another_key_under_the_same_id_does_not_open() {
    let mut sealed = seal(&Keys::new(key(1)), &HERE, b"x").unwrap();
    let own = seal(&keys(), &HERE, b"x").unwrap();
    sealed[9..17].copy_from_slice(&own[9..17]);
    assert_eq!(open_here(&keys(), sealed), Err(SealedError::Altered));
}

#[test]
fn a_document_from_before_sealing_is_refused_unless_allowed() {
    for plain in ["", "%PDF-1.7", "\u{89}WMDOC"] {
        assert_eq!(open_here(&keys(), plain), Err(SealedError::NotSealed));
        assert_eq!(open_here(&keys().allowing_plain(), plain).unwrap(), plain);
    }
    // Whatever begins like a sealed document is judged as one.
    let half = seal(&keys(), &HERE, b"x").unwrap()[..20].to_vec();
    assert_eq!(open_here(&keys().allowing_plain(), half), Err(SealedError::Altered));
}

#[test]
fn a_key_that_cannot_be_used_is_named_with_a_remedy() {
    let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let read = Key::from_base64("documents.key", &format!(" {text}\n")).unwrap();
    assert_eq!(read.id(), key(0).id());
    assert_eq!(format!("{:?}", Keys::new(read)).matches("AAEC").count(), 0);
    assert!(!format!("{:?}", keys()).contains("cipher"));
    for bad in ["", "key", "AAECAwQFBgcICQoLDA0ODw==", &text[..43], &format!("{text}{text}")] {
        let error = Key::from_base64("documents.key", bad).unwrap_err().to_string();
        assert_eq!(error, "documents.key: give 32 bytes in base64, such as from `openssl rand -base64 32`");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{text}\n")).unwrap();
    assert_eq!(Key::from_file("documents.key_file", &file).unwrap().id(), key(0).id());
    let missing = Key::from_file("documents.key_file", &folder.path().join("none")).unwrap_err();
    assert!(missing.to_string().starts_with("documents.key_file: "), "{missing}");
}

#[test]
fn an_opener_gives_out_nothing_that_is_not_genuine() {
    let mut sealed = seal(&keys(), &HERE, &vec![7; CHUNK_BYTES * 2]).unwrap();
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    let (mut opener, body) = Opener::begin(&keys(), &HERE, &sealed).unwrap().unwrap();
    let mut plain = Vec::new();
    opener.push(body, &mut plain).unwrap();
    assert_eq!(plain, vec![7; CHUNK_BYTES], "the first chunk is genuine");
    assert_eq!(opener.finish(&mut plain), Err(SealedError::Altered));
    assert_eq!(plain.len(), CHUNK_BYTES, "nothing of the last one came out");
}

/// Lengths around the borders of chunks, where mistakes would be.
fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..200_usize,
        (0..4_usize, 0..40_usize).prop_map(|(chunks, near)| (chunks * CHUNK_BYTES + near).saturating_sub(20)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_length_in_any_pieces_opens_as_it_was(
        length in lengths(),
        sealed_in in 1..100_000_usize,
        opened_in in 1..100_000_usize,
        seed in any::<u8>(),
    ) {
        let keys = keys();
        let plain: Vec<u8> = (0..length).map(|i| (i % 251) as u8 ^ seed).collect();
        let mut sealed = Vec::new();
        let mut sealer = Sealer::begin(&keys, &HERE, &mut sealed).unwrap();
        for piece in plain.chunks(sealed_in) {
            sealer.push(piece, &mut sealed).unwrap();
        }
        sealer.finish(&mut sealed).unwrap();
        prop_assert_eq!(sealed.len() as u64, sealed_length(length as u64));
        prop_assert_eq!(plain_length(sealed.len() as u64), Ok(length as u64));

        let (mut opener, body) = Opener::begin(&keys, &HERE, &sealed).unwrap().unwrap();
        let mut opened = Vec::new();
        for piece in body.chunks(opened_in) {
            opener.push(piece, &mut opened).unwrap();
        }
        opener.finish(&mut opened).unwrap();
        prop_assert!(opened == plain);
    }

    #[test]
    fn a_change_or_cut_anywhere_in_a_long_document_is_noticed(
        length in lengths(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let sealed = seal(&keys(), &HERE, &vec![9; length]).unwrap();
        let at = place.index(sealed.len());
        let mut flipped = sealed.clone();
        flipped[at] ^= 1 << bit;
        prop_assert!(open_here(&keys(), flipped).is_err());
        prop_assert!(open_here(&keys(), sealed[..at].to_vec()).is_err());
    }

    #[test]
    fn lengths_are_reckoned_back_and_forth(plain in 0..u64::from(u32::MAX)) {
        let sealed = sealed_length(plain);
        prop_assert_eq!(plain_length(sealed), Ok(plain));
        // A length that no document has: a last chunk without content, or less than a tag.
        if plain > 0 && (plain - 1) % CHUNK_BYTES as u64 == 0 {
            prop_assert_eq!(plain_length(sealed - 1), Err(SealedError::Altered));
        }
    }
}

#[test]
fn lengths_that_no_document_has_are_refused() {
    for sealed in [0, 76, 77, 92] {
        assert_eq!(plain_length(sealed), Err(SealedError::Altered), "{sealed}");
    }
    assert_eq!(plain_length(93), Ok(0));
    let full = sealed_length(CHUNK_BYTES as u64);
    assert_eq!(plain_length(full), Ok(CHUNK_BYTES as u64));
    for more in 1..=16 {
        assert_eq!(plain_length(full + more), Err(SealedError::Altered), "{more}");
    }
    assert_eq!(plain_length(full + 17), Ok(CHUNK_BYTES as u64 + 1));
}
