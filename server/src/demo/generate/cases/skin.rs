//! Skin clinic.

use super::Urgency::{Routine, TwoWeek, Urgent};
use super::{Case, case};

const S: &str = "skin";

pub const CASES: &[Case] = &[
    case(S, "draft", 'm', (30, 46), Routine, ("L40.0", "Psoriasis vulgaris"), "",
        "{N} has had plaque psoriasis on elbows, knees and scalp for eight years. It now covers about 12 per cent of the body surface in spite of six months of calcipotriol with betamethasone. He has no joint pain or morning stiffness. His work as a barber makes the hand plaques embarrassing. I wish to ask about light treatment or tablets."),
    case(S, "sent", 'f', (34, 52), TwoWeek, ("D22.5", "Melanocytic naevi of trunk"), "",
        "Please see {N} on the suspected skin cancer pathway. She has a mole on the left side of the back which her partner says has doubled in size over four months and has changed from brown to nearly black at one edge. It is 9 mm across with an irregular border and it bled on the bedsheets last week. Dermoscopy shows an atypical network; weighted seven-point score is 5. There are no enlarged lymph nodes. Her aunt had a melanoma removed at 60.").late(),
    case(S, "sent", 'm', (3, 8), Routine, ("L20.9", "Atopic dermatitis, unspecified"), "asthma",
        "{F} is {age} years old and has had eczema since he was a baby. In the past half year it has spread to the face and hands and he wakes scratching on most nights. His parents use emollients generously and a moderate steroid ointment in bursts, with relapse within days. There are no signs of infection now and no food has been linked with the flares. He is missing nursery. I would be grateful for advice on stepping up treatment."),
    case(S, "received", 'f', (68, 86), TwoWeek, ("C44.3", "Other and unspecified malignant neoplasms of skin of other and unspecified parts of face"), "htn ckd",
        "This {age}-year-old gardener has a crusted lump on the right temple which has grown quickly over eight weeks and is now 14 mm across, tender and raised with a horny centre. I am concerned about a squamous cell carcinoma. She had a rodent ulcer taken off the nose in 2016. I can feel no neck glands. She takes clopidogrel, which should be known before surgery."),
    case(S, "received", 'm', (16, 22), Routine, ("L70.0", "Acne vulgaris"), "",
        "{N} is {age} and has nodular acne of the face and back which is leaving scars. Two courses of lymecycline of four months each, with adapalene and benzoyl peroxide, have made little difference. His mood is low about his looks but he has no thoughts of harming himself and no past psychiatric illness. He would like to be considered for isotretinoin. Baseline liver function and lipids are attached.").late(),
    case(S, "info-needed", 'f', (24, 40), Routine, ("L50.9", "Urticaria, unspecified"), "",
        "Thank you for advising on {N}, who has had itchy weals on most days for five months. Each one fades within a day. She has had no swelling of the tongue and no trouble with breathing. Cetirizine four times the usual dose helps only in part. There is no link with food or medicines that she can find. Thyroid function is normal.")
        .note("Please send two or three photos of the rash with a ruler beside it. Your practice will send a blood test. Then we can see whether you need to come."),
    case(S, "accepted", 'f', (54, 70), Routine, ("L43.9", "Lichen planus, unspecified"), "htn",
        "{N} has an intensely itchy rash of flat-topped violet spots on wrists and shins which came three months ago, and lacy white lines inside the cheeks. She has not lost weight and feels well. Clobetasol has flattened some of the spots. Hepatitis C serology is negative. Her only regular medicine is amlodipine. Would you confirm the diagnosis and suggest a plan?"),
    case(S, "accepted", 'm', (60, 78), Urgent, ("L12.0", "Bullous pemphigoid"), "dm2 htn",
        "I would appreciate an urgent review of {N}, aged {age}, with tense blisters on the thighs and belly for ten days after several months of itching. There are about twenty, some the size of a grape. His mouth and eyes are not affected and he has no fever. I have started potent steroid cream all over and sent bloods including pemphigoid antibodies. He takes linagliptin, which I understand can be the cause and have stopped."),
    case(S, "booked", 'm', (56, 74), TwoWeek, ("D48.5", "Neoplasm of uncertain or unknown behaviour of skin"), "chol",
        "Suspected skin cancer referral for {N}, a retired roofer of {age}. A flat brown patch on the left cheek, there for years, has become darker and thicker in its upper part since the spring. It now measures 17 mm and has at least three colours. It does not itch or bleed. He has had heavy sun exposure and no earlier skin cancer. Photographs are attached."),
    case(S, "booked", 'f', (40, 56), Routine, ("L71.9", "Rosacea, unspecified"), "depression",
        "{N} has rosacea with pustules on the cheeks and nose which no longer responds to ivermectin cream and two courses of doxycycline. Her eyes feel gritty in the mornings but her sight is unchanged. She is a receptionist and finds the remarks of customers hard. I have advised sun protection. Please could you advise on further treatment, including for the eyelids."),
    case(S, "appointment-cancelled", 'f', (28, 44), Routine, ("L30.9", "Dermatitis, unspecified"), "asthma",
        "Please see {N}, a hairdresser of {age}, with hand eczema for a year that clears on holiday and returns at work. Fingertips are cracked and she has had to give up colouring. Gloves and emollients have helped a little. I suspect a contact allergy and would ask for patch testing. There is no rash elsewhere.")
        .note("I have to be at my daughter's school that morning. Please may I choose another day?"),
    case(S, "seen", 'm', (46, 62), Routine, ("L57.0", "Actinic keratosis"), "htn",
        "{N} worked abroad as a surveyor for twenty years. He has some fifteen rough scaly spots on the scalp and ears, several of them sore. Fluorouracil cream in the winter cleared most but they have come back. None is thickened, none bleeds, and I can feel no lumps underneath. I should like your view on field treatment and whether any needs a biopsy."),
    case(S, "closed", 'f', (62, 80), TwoWeek, ("C44.3", "Other and unspecified malignant neoplasms of skin of other and unspecified parts of face"), "oa htn",
        "{N} has a pearly nodule beside the nose which has been enlarging slowly for a year and bled when she dried her face on Monday. It is 8 mm with visible vessels on the surface. It is close to the inner corner of the eye, hence this urgent request. She is otherwise well and takes no blood thinners.")
        .note("Clinically and on dermoscopy a nodular basal cell carcinoma. Removed under local anaesthetic on the same day with a 4 mm margin; histology confirms complete excision. The wound has healed well and the eyelid moves normally. The risk of return is low. No hospital follow-up; she knows how to check her skin and to come back with any new lump.")
        .survey(1, "Seen, treated and finished in one morning. I knew at each step who had my letter. Thank you to the nurse with the Scottish accent."),
    case(S, "declined", 'm', (36, 52), Routine, ("L82", "Seborrhoeic keratosis"), "",
        "{N} asks for removal of several warty brown marks on the back which catch on his shirt. They have the typical stuck-on look and have not changed for years. None of them has bled. He is well, with no history of skin cancer. I enclose two photographs.")
        .note("From your photographs these marks are harmless and never turn into cancer, so the hospital does not remove them. If one bleeds, grows quickly or has several colours, show it to your practice: they send us new photographs and we look on the same day."),
];
