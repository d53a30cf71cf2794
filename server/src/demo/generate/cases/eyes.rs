//! Eye clinic.

use super::Urgency::{Routine, TwoWeek, Urgent};
use super::{Case, case};

const S: &str = "eyes";

pub const CASES: &[Case] = &[
    case(S, "closed", 'f', (78, 90), Routine, ("H25.1", "Senile nuclear cataract"), "htn chol",
        "{N} is troubled by glare from headlamps and can no longer read the hymn numbers from her pew. Her optometrist found a dense nuclear cataract on the right with vision of 6/18; the left is 6/9. Pressures are normal and the macula looks healthy. She has no pain and no flashes. She would like an operation if you agree that it is worthwhile.")
        .note("Right cataract removed under local anaesthetic without complication. At four weeks vision is 6/6 without glasses for distance and the eye is quiet. Drops are finished. The left cataract is mild and does not need an operation yet; her optometrist will check it once a year. Discharged from the clinic.")
        .survey(1, "I can see the hymn numbers again. The text with the day and the bus stop was a great help, as my daughter could read it to me.").first(),
    case(S, "draft", 'f', (66, 82), Routine, ("H02.0", "Entropion and trichiasis of eyelid"), "oa",
        "{N} has a left lower eyelid that turns in, so that the lashes rub on the eye. It waters all day and she sleeps with tape on the cheek. The cornea shows a few fine scratches, without an ulcer. Vision is 6/9. She takes no blood thinners. She would welcome a small operation.").late(),
    case(S, "sent", 'm', (58, 74), Urgent, ("H35.3", "Degeneration of macula and posterior pole"), "htn chol",
        "Optometrist and GP joint referral of {N}, who noticed ten days ago that door frames look bent with his right eye. Vision has dropped from 6/9 to 6/24. There is a small bleed at the macula and the scan shows fluid under the retina, which suggests the wet form of macular degeneration. The left eye has drusen only. He smokes a pipe. His mother was blind in old age. Please see him in the fast-track macular clinic."),
    case(S, "received", 'f', (48, 64), TwoWeek, ("D31.3", "Benign neoplasm of choroid"), "",
        "A routine photograph at the optometrist shows a raised brown spot 6 mm across in the left fundus of {N}, {age}. It was not there on a picture in 2022. There is orange pigment on the surface and a thin layer of fluid. She has had some flickering lights at the edge of the vision. No pain. A malignant melanoma of the choroid needs to be ruled out."),
    case(S, "info-needed", 'm', (40, 58), Routine, ("H40.0", "Glaucoma suspect"), "",
        "Pressures of 26 and 27 were found at a high-street check of {N}. His field test on the day was said to be unreliable. He has no headaches, haloes or pain. A grandfather used drops for glaucoma. Could you tell me whether he needs treatment?")
        .note("Please ask your optician to repeat the eye test on another day, and send us both reports. A clear photo of each page is enough."),
    case(S, "accepted", 'f', (4, 7), Routine, ("H50.0", "Convergent concomitant strabismus"), "",
        "{F} is {age} and her parents have noticed that the left eye turns in when she is tired or looks at a book. It has been there for three months and is in their photographs. Vision was 6/6 right and 6/15 left at the school check. The red reflex is normal on both sides. An older sister wore a patch. She was born at term and is thriving."),
    case(S, "booked", 'm', (68, 84), Routine, ("H26.9", "Cataract, unspecified"), "dm2 htn",
        "{N} has cataracts in both eyes and is close to the limit for driving, which he needs as he cares for his wife. The optometrist reports 6/12 on both sides with glare that halves it. Diabetic screening was clear in March. He takes tamsulosin, which the surgeon will wish to know. He is willing to have the operation without a general anaesthetic."),
    case(S, "booked", 'f', (32, 46), Urgent, ("H20.0", "Acute and subacute iridocyclitis"), "",
        "Please see {N} about a third attack of iritis in two years, this time in the left eye. It has been red and painful in bright light for four days, and vision is 6/12. She has back pain in the mornings as well. There is no discharge and she does not wear contact lenses. Your emergency service began steroid drops at the weekend and asked for clinic follow-up."),
    case(S, "appointment-cancelled", 'f', (56, 70), Routine, ("H40.1", "Primary open-angle glaucoma"), "asthma",
        "{N} is already under treatment for glaucoma by a hospital in the north and has moved here to be near her son. She uses latanoprost at night; timolol is not possible because of asthma. Pressures were 17 and 18 in May. Her visual field is stable by her last letter, which is attached. She needs a new clinic with yearly checks.")
        .note("I have a heavy cold and do not want to bring it to the clinic."),
    case(S, "no-show", 'm', (50, 68), Routine, ("H36.0", "Diabetic retinopathy"), "dm2 chol",
        "The screening service has found moderate changes with exudates close to the centre on the right (R2 M1) in {N}, aged {age}. He reads without difficulty and has no floaters. HbA1c has come down from 98 to 67 in a year, and his blood pressure is 136/82. He works nights in a warehouse. Please assess him for treatment."),
    case(S, "seen", 'm', (26, 42), Routine, ("H18.6", "Keratoconus"), "asthma",
        "{N} has needed three new pairs of glasses in eighteen months, and still sees a ghost image beside letters with the right eye. The optometrist measures 4 dioptres of irregular astigmatism and suspects keratoconus. He rubs his eyes a great deal with hay fever. There is no pain and the eye is white. He asks about cross-linking."),
    case(S, "outcome-received", 'f', (60, 78), Urgent, ("H43.8", "Other disorders of vitreous body"), "htn",
        "{N} has seen flashes at the edge of the right eye for three days with a new floater like a cobweb. There is no curtain across the vision and it is 6/6. She is short-sighted at minus 7. Her brother had a detached retina. The optometrist could not see a tear but asks for a full examination with indentation within the week.")
        .note("Posterior vitreous detachment on the right. Examination with indentation shows no tear and no detachment. A patch of lattice in the lower part of the left eye needs no treatment. She has our leaflet about warning signs and will come to the eye casualty at once with a shower of floaters, more flashes or a shadow. No appointment made."),
    case(S, "closed", 'm', (44, 62), Routine, ("H04.5", "Stenosis and insufficiency of lacrimal passages"), "",
        "{N} has had a watering right eye for two years and wipes it every few minutes outdoors. He had one infection of the tear sac, settled with antibiotics. Pressing over the sac brings up clear fluid. Vision is normal. There is no lump and no blood in the tears. He is a crane driver and asks for a lasting remedy.")
        .note("Syringing confirms a blocked right tear duct. A bypass operation through the nose was carried out as a day case and the tube has been removed. The eye is dry, including outdoors. Nothing further is needed.")
        .survey(3, "The operation worked. Three letters came after I had already been sent home, which was confusing."),
    case(S, "closed", 'f', (34, 52), Routine, ("H00.1", "Chalazion"), "",
        "Please could you remove a firm lump from the right upper eyelid of {N}. It has been there for seven months in spite of warm compresses twice a day, and it blurs her sight in that eye by pressing on it. It has not bled and there is no loss of lashes. It is the first one. The left lid is normal.")
        .note("A chalazion was drained under local anaesthetic in the minor operations room. Histology was sent as a precaution and is benign. Lid hygiene explained. Discharged."),
];
