//! Joint clinic.

use super::Urgency::{Routine, Urgent};
use super::{Case, case};

const S: &str = "joints";

pub const CASES: &[Case] = &[
    case(S, "draft", 'f', (48, 64), Routine, ("M35.0", "Sicca syndrome [Sjogren]"), "hypothyroid",
        "{N} has dry eyes and a dry mouth that have troubled her for two years, so that she cannot eat a biscuit without water. Her hands ache in the mornings for a quarter of an hour, without swelling. Anti-Ro antibodies came back positive. She has no rash, fever or weight loss. I would like advice on the diagnosis and on what we should watch."),
    case(S, "sent", 'f', (32, 48), Urgent, ("M06.9", "Rheumatoid arthritis, unspecified"), "",
        "Thank you for seeing {N} in the early arthritis clinic. For seven weeks she has had swelling of the knuckles and wrists on both sides with morning stiffness of two hours. She cannot wring out a cloth or lift her toddler. CRP is 41 and anti-CCP is strongly positive. Squeezing the knuckles is painful. Her grandmother had rheumatoid arthritis. I have given naproxen but no steroid."),
    case(S, "received", 'f', (70, 84), Urgent, ("M31.5", "Giant cell arteritis with polymyalgia rheumatica"), "htn",
        "I spoke with your registrar about {N}, {a} {age}-year-old lady with three weeks of new headache over the left temple. Her scalp is tender when she combs her hair and her jaw aches when she chews toast. She has had no loss of vision, but said that things were blurred for a minute yesterday. ESR is 88 and CRP 62. I started prednisolone 60 mg this afternoon. Please arrange an ultrasound of the temporal arteries as soon as you can."),
    case(S, "info-needed", 'm', (40, 56), Routine, ("M10.9", "Gout, unspecified"), "htn ckd",
        "{N} has had five attacks of gout in a year, in the big toe and the ankle. Allopurinol gave him a rash at 200 mg. Urate is 520 micromol/L. He drinks about 20 units a week and takes a thiazide. He has no fever and the joints are quiet today. I should be glad of your advice about an alternative.")
        .note("We need a kidney blood test from the last three months, and to know what the rash looked like, in particular whether your mouth or eyes were sore. You can answer here in your own words."),
    case(S, "accepted", 'm', (24, 38), Routine, ("M45", "Ankylosing spondylitis"), "",
        "This {age}-year-old electrician has had low back pain since he was 21. It wakes him in the second half of the night, and the stiffness lasts until ten but eases with football. Ibuprofen works well. He had an episode of iritis two years ago. His mother has psoriasis. He has normal power and feeling in the legs, and no trouble with bladder or bowels. HLA-B27 is positive."),
    case(S, "booked", 'f', (60, 76), Routine, ("M35.3", "Polymyalgia rheumatica"), "dm2 htn",
        "{N} has had pain and stiffness of both shoulders and hips for six weeks, so that she could not get out of the bath. ESR was 54. She improved within three days of starting prednisolone 15 mg. She has no headache, no jaw pain and no visual symptoms. Each time we go below 10 mg the stiffness is back, and her sugars have risen. I would value your help with a steroid-sparing plan."),
    case(S, "booked", 'm', (50, 66), Routine, ("L40.5", "Arthropathic psoriasis"), "chol",
        "Please could you assess {N}, {age}, who has had psoriasis of the scalp for fifteen years and now has two sausage-like toes and a painful heel. Morning stiffness lasts for an hour. CRP is 14 and rheumatoid factor negative. X-rays of the feet show early erosions. He is a postman and is close to giving up his round."),
    case(S, "no-show", 'f', (20, 34), Routine, ("M32.9", "Systemic lupus erythematosus, unspecified"), "",
        "I would be grateful for your opinion on {N}, {age}, with joint pain, mouth ulcers and a rash on the cheeks after a week in the sun. ANA is positive at 1:640 and double-stranded DNA antibodies are raised. Urine dipstick shows no blood or protein and blood pressure is normal. She has not had chest pain or fits. A cousin has lupus. She hopes to start a family in the next few years."),
    case(S, "seen", 'f', (44, 60), Routine, ("M15.0", "Primary generalized (osteo)arthrosis"), "oa depression",
        "{N} has knobbly, painful finger joints which interfere with her sewing business. The knuckles themselves are spared and stiffness lasts for ten minutes. CRP is normal; rheumatoid factor is weakly positive at 22, which worries her as her sister has rheumatoid disease. I believe that this is nodal osteoarthritis and ask you to confirm it. Splints and topical gel have helped in part.").late(),
    case(S, "outcome-received", 'm', (62, 78), Routine, ("M11.2", "Other chondrocalcinosis"), "htn oa",
        "{N} has had three attacks of a hot swollen knee or wrist this year. At the last one the emergency department drew off fluid with calcium pyrophosphate crystals and no growth. He is well between attacks. Calcium, iron studies and magnesium are normal. Colchicine upsets his stomach. Is there something that he could take to prevent them?")
        .note("Agreed: recurrent calcium pyrophosphate arthritis on a background of osteoarthritis. No metabolic cause found. I suggest colchicine 500 micrograms once a day, which he tolerates better with food; if not, low-dose prednisolone for attacks. Physiotherapy referral made for the knee. Please check full blood count and kidney function in three months. No routine follow-up here."),
    case(S, "closed", 'f', (36, 54), Urgent, ("M06.9", "Rheumatoid arthritis, unspecified"), "",
        "{N}, a {age}-year-old cook, has been waking with stiff swollen hands and sore balls of the feet for nine weeks. Eight joints are tender and six swollen on my count. CRP 36, rheumatoid factor 110. She cannot hold her knives. She has not had fever, rash or weight loss. I have avoided steroids as you ask, and baseline bloods and chest film are done.")
        .note("Early seropositive rheumatoid arthritis, DAS28 5.6 at first visit. Methotrexate 15 mg weekly with folic acid started after counselling and a nurse session; intramuscular methylprednisolone as a bridge. At six weeks DAS28 is 3.0 and she is back in the kitchen. Shared-care agreement attached. Blood tests every two weeks until the dose is stable, then every three months.")
        .survey(1, "I got my hands back. Everybody knew my story when I arrived, I only had to tell it once."),
    case(S, "closed", 'm', (56, 72), Routine, ("M75.1", "Rotator cuff syndrome"), "dm2",
        "Please see {N}, whose right shoulder has been painful for five months since he painted a ceiling. He cannot reach his back pocket and sleeps badly on that side. Passive movement is full. Two injections here have each helped for a month. He has no neck pain, no weakness of the hand and no weight loss. He asks whether an operation is needed.")
        .note("Ultrasound shows tendinopathy with a small partial tear of supraspinatus. An operation is not needed at this point. A further guided injection was given and a twelve-week exercise programme arranged with physiotherapy. He may refer himself back through them within six months.")
        .survey(4, "Eleven weeks to hear that I need exercises. The clinic ran fifty minutes late and nobody said why. The doctor himself was good."),
    case(S, "declined", 'f', (30, 46), Routine, ("M79.7", "Fibromyalgia"), "depression",
        "{N} has widespread pain, poor sleep and tiredness for three years. Blood tests including CRP, thyroid function, vitamin D and ANA are normal, and no joint is swollen. She was seen in a rheumatology clinic elsewhere in 2023 with a diagnosis of fibromyalgia. She would like to be seen again. She has no new symptoms.")
        .note("Your doctor has already found what causes your pain, and another visit here would not add to your care. Your practice will offer you a programme that helps people live with pain, and talk with you about a medicine for the night. If a joint swells or you lose weight, tell your practice and they will send you back to us."),
];
