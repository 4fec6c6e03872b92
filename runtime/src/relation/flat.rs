//! Rows with what was loaded for them, as tuples without tuples within.

/// A row before anything was loaded for it.
#[derive(Debug)]
pub struct Base<R>(pub R);

/// A row with one thing more that was loaded for it.
#[derive(Debug)]
pub struct With<I, T>(pub I, pub T);

/// A row with all that was loaded for it.
pub trait Flat {
    /// The row alone, or a tuple of the row and of what was loaded, in the order in which it was asked for.
    type Out;

    /// The tuple.
    fn flat(self) -> Self::Out;
}

impl<R> Flat for Base<R> {
    type Out = R;

    fn flat(self) -> R {
        self.0
    }
}

macro_rules! flat {
    ($pattern:pat, $ty:ty: $($part:ident)+) => {
        impl<$($part),+> Flat for $ty {
            type Out = ($($part,)+);

            #[allow(non_snake_case, reason = "each value is called as its type")]
            fn flat(self) -> Self::Out {
                let $pattern = self;
                ($($part,)+)
            }
        }
    };
}

flat!(With(Base(R), A), With<Base<R>, A>: R A);
flat!(With(With(Base(R), A), B), With<With<Base<R>, A>, B>: R A B);
flat!(With(With(With(Base(R), A), B), C), With<With<With<Base<R>, A>, B>, C>: R A B C);
flat!(
    With(With(With(With(Base(R), A), B), C), D),
    With<With<With<With<Base<R>, A>, B>, C>, D>: R A B C D
);
flat!(
    With(With(With(With(With(Base(R), A), B), C), D), E),
    With<With<With<With<With<Base<R>, A>, B>, C>, D>, E>: R A B C D E
);
flat!(
    With(With(With(With(With(With(Base(R), A), B), C), D), E), F),
    With<With<With<With<With<With<Base<R>, A>, B>, C>, D>, E>, F>: R A B C D E F
);
flat!(
    With(With(With(With(With(With(With(Base(R), A), B), C), D), E), F), G),
    With<With<With<With<With<With<With<Base<R>, A>, B>, C>, D>, E>, F>, G>: R A B C D E F G
);
flat!(
    With(With(With(With(With(With(With(With(Base(R), A), B), C), D), E), F), G), H),
    With<With<With<With<With<With<With<With<Base<R>, A>, B>, C>, D>, E>, F>, G>, H>: R A B C D E F G H
);
